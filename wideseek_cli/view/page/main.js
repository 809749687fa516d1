// The page, from the data that is in it.

class RunPage {
  constructor(root, page) {
    this.table = null;
    const top = el("section", { "aria-label": "Run" });
    this.worth = el("div", { class: "worth" });
    root.append(top, this.worth);
    this.head = new Head(top);
    this.steer = new SteerBox(top, page.tell);
    this.tabs = new Tabs(root, ["Table", "Work", "Sources"]);
    this.buildTable(this.tabs.panels[0], page);
    this.work = new WorkPanel(this.tabs.panels[1]);
    this.sources = new SourcesPanel(this.tabs.panels[2]);
    this.update(page.update);
    if (!this.table) this.tabs.choose(1);
    document.addEventListener("keydown", (event) => this.key(event));
  }

  buildTable(root, page) {
    const tools = el("div", { class: "tools" });
    const wide = el("div", { class: "wide", role: "region", "aria-label": "Table" });
    this.aside = el("aside", { class: "cell", hidden: true });
    this.split = el("div", { class: "split", hidden: true }, wide, this.aside);
    this.empty = el("p", { class: "none" });
    this.filter = new Filter(tools, this.worth, page.states, () => this.arrange());
    this.grid = new Grid(wide, (row, column) => this.open(row, column), () => this.panel.title.focus());
    this.panel = new CellPanel(this.aside, page.states, () => this.close());
    if (page.downloads.length) tools.append(downloadMenu(page.downloads));
    const key = (name) => el("kbd", {}, name);
    const keys = el("p", { class: "keys" }, key("↑"), " ", key("↓"), " ", key("←"), " ", key("→"), " move, ", key("Enter"), " opens a cell, ", key("Esc"), " closes it, ", key("/"), " filters");
    this.tellKey = el("span", {}, ", ", key("s"), " tells the run");
    keys.append(this.tellKey);
    this.tools = tools;
    tools.hidden = true;
    root.append(tools, this.empty, this.split, keys);
  }

  update(news) {
    if (news.head) {
      this.head.set(news.head);
      this.steer.set(news.head);
      this.tellKey.hidden = this.steer.form.hidden;
      this.empty.textContent = news.head.running ? "There is no table yet." : "There is no table.";
      document.title = `${news.head.running ? "● " : ""}${news.head.question.slice(0, 120)}`;
    }
    if (news.table) this.setTable(news.table);
    this.tabs.count(0, this.table ? this.table.rows.length : 0);
    const head = this.head.head;
    afterPaint(() => {
      this.work.update(news, head);
      this.sources.update(news);
      this.tabs.count(1, this.work.agents.size);
      this.tabs.count(2, this.sources.counts.pages);
    });
  }

  setTable(table) {
    if (!this.table && !this.tabs.asked) this.tabs.choose(0);
    this.table = table;
    this.empty.hidden = true;
    this.split.hidden = this.tools.hidden = false;
    this.filter.set(table);
    this.grid.fits = this.filter.fits();
    this.grid.set(table);
    this.filter.told(this.grid.order.length);
    if (!this.aside.hidden) this.grid.show();
  }

  arrange() {
    this.grid.arrange(this.filter.fits());
    this.filter.told(this.grid.order.length);
  }

  open(row, column) {
    this.panel.show(this.table, row, column);
    this.aside.hidden = false;
    this.split.classList.add("open");
  }

  close() {
    if (this.aside.hidden) return;
    const inside = this.aside.contains(document.activeElement);
    this.aside.hidden = true;
    this.split.classList.remove("open");
    this.grid.closed();
    if (inside || document.activeElement === document.body) this.grid.focus(this.grid.at.row, this.grid.at.column);
  }

  key(event) {
    const typing = event.target.closest("input, textarea");
    if (event.key === "Escape") this.close();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "s" && !this.steer.form.hidden) {
      event.preventDefault();
      this.steer.input.focus();
    }
    if (event.key !== "/" || !this.table) return;
    event.preventDefault();
    this.tabs.choose(0);
    this.filter.input.focus();
  }
}

class Tabs {
  constructor(root, names) {
    this.counts = names.map(() => el("span", { class: "count" }));
    this.buttons = names.map((name, place) => el("button", { type: "button", role: "tab", id: `tab-${place}`, "aria-controls": `panel-${place}` }, name, " ", this.counts[place]));
    this.panels = names.map((_, place) => el("section", { role: "tabpanel", id: `panel-${place}`, "aria-labelledby": `tab-${place}` }));
    const bar = el("div", { class: "tabs", role: "tablist", "aria-label": "Views of the run" }, ...this.buttons);
    this.buttons.forEach((button, place) => button.addEventListener("click", () => this.ask(place)));
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const place = (this.chosen + step + names.length) % names.length;
      this.ask(place);
      this.buttons[place].focus();
    });
    root.append(bar, ...this.panels);
    this.choose(0);
  }

  // What the user chose stays, whatever comes.
  ask(place) {
    this.asked = true;
    this.choose(place);
  }

  choose(chosen) {
    this.chosen = chosen;
    this.buttons.forEach((button, place) => {
      button.setAttribute("aria-selected", String(place === chosen));
      button.tabIndex = place === chosen ? 0 : -1;
      this.panels[place].hidden = place !== chosen;
    });
  }

  count(place, number) {
    this.counts[place].textContent = number ? number.toLocaleString("en") : "";
  }
}

function start() {
  const page = JSON.parse(document.getElementById("data").textContent);
  const root = document.getElementById("main");
  setUpTheme();
  root.replaceChildren();
  if (page.error) return root.append(el("p", { class: "lost" }, page.error));
  if (page.home) {
    document.getElementById("brand").replaceWith(el("a", { class: "brand", href: "../" }, "wideseek"), el("a", { href: "../" }, "All runs"));
  }
  const shown = page.kind === "list" ? new RunsPage(root, page.runs) : new RunPage(root, page);
  afterPaint(() => performance.mark("shown"));
  if (page.live) follow(page.live, (news) => (page.kind === "list" ? shown.set(news.runs || shown.runs) : shown.update(news)));
}
