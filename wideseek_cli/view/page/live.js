// What happens, as the server tells it. The browser tries again by itself when it was cut off, and says what it
// knows already.

function follow(address, tell) {
  const lost = el("span", { class: "lost", role: "status" });
  document.querySelector(".bar .spacer").before(lost);
  const events = new EventSource(address);
  events.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    if (news.over) events.close();
    tell(news);
  });
  events.addEventListener("open", () => (lost.textContent = ""));
  events.addEventListener("error", () => (lost.textContent = "Not connected. Does wideseek view still run?"));
  addEventListener("pagehide", () => events.close());
}
