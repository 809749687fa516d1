// Why a cell should be believed, or not.

class CellPanel {
  constructor(root, states, closed) {
    this.states = Object.fromEntries(states.map((state) => [state.name, state]));
    this.root = root;
    this.title = el("h2", { tabindex: "-1", id: "cell-title" });
    const close = el("button", { type: "button", class: "close", "aria-label": "Close", title: "Close (Esc)" }, "×");
    close.addEventListener("click", closed);
    this.body = el("div");
    root.append(el("header", {}, this.title, close), this.body);
    root.setAttribute("aria-labelledby", "cell-title");
  }

  show(data, row, column) {
    const cell = data.rows[row][column];
    const lead = Math.max(0, data.columns.findIndex((one) => one.key));
    const state = this.states[cell.s];
    this.title.replaceChildren(el("b", {}, data.rows[row][lead].v || `row ${row + 1}`), ` · ${data.columns[column].name}`);
    const passage = cell.p === undefined ? null : data.passages[cell.p];
    this.body.replaceChildren(
      ...[
        el("p", { class: "value" }, cell.v || "no value"),
        el("p", { class: `state s-${cell.s}` }, cell.s),
        el("p", { class: "quiet" }, state ? state.means : ""),
        ...part("Doubts", cell.d && list(cell.d)),
        ...part("Other values", cell.o && list(cell.o)),
        ...(passage ? this.proof(passage, data.sources[passage.source]) : []),
      ]
    );
    this.root.scrollTop = 0;
    const mark = this.body.querySelector("mark");
    if (mark) mark.parentElement.scrollTop = mark.offsetTop - mark.parentElement.offsetTop - 40;
  }

  proof(passage, source) {
    const fetched = source.fetched && moment(Date.parse(source.fetched) / 1000);
    const finders = source.finders.length ? source.finders : ["the run itself"];
    return [
      ...part("In the page", el("blockquote", {}, passage.before, el("mark", {}, passage.quote), passage.after)),
      ...part("Source", [
        el("p", {}, linkTo(source, source.title || source.url)),
        el("p", { class: "address" }, source.url),
        el("p", { class: "address" }, [source.snippet ? "a search result; the page was not read" : "", fetched && `fetched ${fetched}`].filter(Boolean).join(", ")),
      ]),
      ...part("Found by", list(finders)),
    ];
  }
}

function part(title, content) {
  if (!content || content.length === 0) return [];
  return [el("h3", {}, title), ...[content].flat()];
}

function list(texts) {
  return el("ul", {}, ...texts.map((text) => el("li", {}, text)));
}
