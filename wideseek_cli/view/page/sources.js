// Every search and every page.

class SourcesPanel {
  constructor(root) {
    this.searches = el("tbody");
    this.pages = el("tbody");
    this.counts = { searches: 0, pages: 0 };
    const table = (name, titles, body) =>
      el("table", { class: "list", "aria-label": name }, el("thead", {}, el("tr", {}, ...titles.map((title) => el("th", { scope: "col" }, title)))), body);
    root.append(
      el("h3", {}, "Searches"),
      table("Searches", ["Time", "Agent", "Query", "Found"], this.searches),
      el("h3", {}, "Pages"),
      table("Pages", ["Time", "Agent", "Page", "State"], this.pages)
    );
  }

  update(news) {
    this.searches.append(...(news.searches || []).map((search) => searchRow(search)));
    this.pages.append(...(news.pages || []).map((page) => pageRow(page)));
    this.counts.searches += (news.searches || []).length;
    this.counts.pages += (news.pages || []).length;
  }
}

function searchRow(search) {
  const found = search.problem ? `failed: ${search.problem}` : count(search.count, "hit");
  const more = [search.engine, search.again ? "asked before" : "", search.note].filter(Boolean).join(", ");
  const hits = search.hits.map((hit) =>
    el("li", {}, linkTo(hit, hit.title || hit.url), el("div", { class: "quiet" }, hit.url), hit.snippet ? el("div", {}, hit.snippet) : null)
  );
  const query = hits.length ? el("details", {}, el("summary", {}, search.query), el("ol", {}, ...hits)) : search.query;
  return el(
    "tr",
    {},
    el("td", { class: "nowrap" }, clock(search.at)),
    el("td", { class: "nowrap" }, search.agent),
    el("td", { class: "what" }, query),
    el("td", {}, el("span", { class: search.problem ? "tone-bad" : "" }, found), more ? el("span", { class: "quiet" }, ` (${more})`) : "")
  );
}

function pageRow(page) {
  const state = page.good ? `✓ ${page.state}${page.cached ? ", from the cache" : ""}` : `✗ ${page.state}`;
  return el(
    "tr",
    {},
    el("td", { class: "nowrap" }, clock(page.at)),
    el("td", { class: "nowrap" }, page.agent),
    el("td", { class: "what" }, linkTo(page, page.title || page.url), page.title ? el("div", { class: "quiet" }, page.url) : null, page.need ? el("div", {}, `for: ${page.need}`) : null),
    el("td", {}, el("span", { class: page.good ? "tone-good" : "tone-bad" }, state), page.why && !page.good ? ` (${page.why})` : "")
  );
}
