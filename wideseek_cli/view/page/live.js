// What happens, as the server tells it. The browser tries again by itself when it was cut off, and says what it
// knows already.

function follow(address, tell) {
  const events = new EventSource(address);
  events.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    if (news.over) events.close();
    tell(news);
  });
  addEventListener("pagehide", () => events.close());
}
