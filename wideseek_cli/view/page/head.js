// The head of a run: what was asked, with what, and where it stands.

const LONG_QUESTION = 260;

class Head {
  constructor(root) {
    this.title = el("h1");
    this.more = el("button", { type: "button", hidden: true, "aria-expanded": "false" }, "Whole question");
    this.facts = el("ul", { class: "facts" });
    this.status = el("p", { class: "hidden", role: "status" });
    this.rest = el("div");
    this.more.addEventListener("click", () => {
      const open = this.title.classList.toggle("long") === false;
      this.more.setAttribute("aria-expanded", String(open));
    });
    root.append(this.title, this.more, this.facts, this.status, this.rest);
    setInterval(() => this.tick(), 1000);
  }

  set(head) {
    this.head = head;
    if (this.title.textContent !== head.question) {
      this.title.textContent = head.question;
      const long = head.question.length > LONG_QUESTION;
      this.title.classList.toggle("long", long);
      this.more.hidden = !long;
    }
    const said = head.running ? "" : head.why || head.said;
    this.time = el("li", {});
    this.tick();
    const fact = (text, given) => (text ? el("li", given, text) : null);
    this.facts.replaceChildren(
      ...[
        el("li", {}, standing(head), said && said !== head.state ? el("span", {}, ` (${said})`) : ""),
        this.time,
        fact(`${count(head.searches, "search")}, ${count(head.pages, "page")}, ${count(head.tokens, "token")}`),
        fact(head.model, { title: "model" }),
        fact(head.origin, { title: "source" }),
        fact(moment(head.started), { title: "started" }),
        fact(head.run, { title: "run" }),
      ].filter(Boolean)
    );
    if (this.status.textContent !== head.said) this.status.textContent = head.said;
    const notes = [...head.steered.map((one) => `You said: ${one.text}${one.done ? ` (${one.done})` : ""}`), ...head.notices];
    this.rest.replaceChildren(
      ...(head.answer ? [el("p", { class: "answer" }, head.answer)] : []),
      ...(head.counted.length ? [el("p", { class: "quiet counted" }, `Rows: ${head.counted.join("; ")}`)] : []),
      ...head.met.map((one) => el("p", { class: "quiet counted" }, one)),
      ...(notes.length ? [el("ul", { class: "notes" }, ...notes.map((text) => el("li", {}, text)))] : [])
    );
  }

  seconds() {
    const head = this.head;
    return head.running && head.begun ? head.seconds + Math.max(0, Date.now() / 1000 - head.now) : head.seconds;
  }

  tick() {
    if (this.head && this.time) this.time.textContent = clock(this.seconds());
  }
}
