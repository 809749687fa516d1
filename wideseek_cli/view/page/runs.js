// Past runs, newest first.

class RunsPage {
  constructor(root, runs) {
    this.input = el("input", { type: "search", id: "filter", placeholder: "Filter runs", "aria-label": "Filter runs", autocomplete: "off", spellcheck: "false" });
    this.input.addEventListener("input", () => this.show());
    this.shown = el("span", { class: "shown", role: "status" });
    this.body = el("tbody");
    this.none = el("p", { class: "none", hidden: true });
    const title = (text, kind) => el("th", { scope: "col", class: kind }, text);
    const head = el("tr", {}, title("State"), title("Question"), title("Rows", "number"), title("Proved", "number"), title("Model"), title("Source"), title("Started"));
    root.append(
      el("h1", {}, "Runs"),
      el("div", { class: "tools runs" }, this.input, this.shown),
      el("table", { class: "list", "aria-label": "Runs" }, el("thead", {}, head), this.body),
      this.none
    );
    this.set(runs);
  }

  set(runs) {
    this.runs = runs;
    this.show();
  }

  show() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (run) => [run.question, run.run, run.model, run.origin, run.state].join("\n").toLowerCase();
    const fitting = this.runs.filter((run) => words.every((word) => text(run).includes(word)));
    const focused = document.activeElement && document.activeElement.getAttribute("href");
    this.body.replaceChildren(...fitting.map((run) => runRow(run)));
    if (focused) [...this.body.querySelectorAll("a")].filter((link) => link.getAttribute("href") === focused).forEach((link) => link.focus());
    this.none.hidden = fitting.length > 0;
    this.none.textContent = this.runs.length ? "No run fits the filter." : "No run is recorded yet.";
    this.shown.textContent = fitting.length === this.runs.length ? count(fitting.length, "run") : `${fitting.length} of ${count(this.runs.length, "run")}`;
  }
}

function runRow(run) {
  const cell = (label, text, kind) => el("td", { class: kind, "data-label": label }, text);
  return el(
    "tr",
    {},
    el("td", { class: "nowrap" }, standing(run)),
    el("td", { class: "what" }, el("a", { class: "question", href: `run/${run.run}` }, run.question), el("div", { class: "quiet" }, run.run)),
    cell("Rows:", run.rows ? run.rows.toLocaleString("en") : "–", "number"),
    cell("Proved:", run.proved === null ? "–" : `${run.proved}%`, "number"),
    cell("Model:", run.model),
    cell("Source:", run.origin),
    cell("Started:", moment(run.started), "nowrap")
  );
}
