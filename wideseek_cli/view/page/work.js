// The plan and what every agent did, as a timeline: a bar an agent, opened for its turns.

const SHORTEST = 4; // seconds of the axis, so that its five marks differ

class WorkPanel {
  constructor(root) {
    this.agents = new Map();
    this.lanes = new Map();
    this.waves = [];
    this.scale = el("div");
    this.plan = el("div");
    this.log = el("ol", { class: "log" });
    const sign = (kind, text) => el("li", {}, el("i", { class: `act-${kind}` }), text);
    root.append(
      el("ul", { class: "legend" }, sign("bar", "at work"), sign("search", "search"), sign("page", "page"), sign("warned", "warned")),
      el("div", { class: "axis", "aria-hidden": "true" }, this.scale),
      this.plan,
      el("h3", {}, "What happened"),
      this.log
    );
  }

  update(news, head) {
    this.running = head.running;
    this.total = Math.max(head.seconds, SHORTEST);
    for (const agent of news.agents || []) this.agents.set(agent.name, agent);
    if (news.waves) this.waves = news.waves;
    for (const entry of news.log || []) {
      this.log.append(el("li", {}, el("time", {}, clock(entry.at)), el("span", {}, entry.text)));
    }
    const touched = (news.agents || []).map((agent) => agent.name);
    for (const name of touched) this.lane(name).turns = null;
    if (touched.some((name) => !this.lane(name).root.isConnected)) this.arrange();
    for (const [name, agent] of this.agents) this.draw(this.lane(name), agent);
    this.scale.replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map((part) => el("span", {}, clock(part * this.total))));
  }

  lane(name) {
    if (!this.lanes.has(name)) {
      const lane = { summary: el("summary"), inside: el("div", { class: "inside" }), turns: null };
      lane.root = el("details", { class: "agent" }, lane.summary, lane.inside);
      lane.root.addEventListener("toggle", () => this.tell(lane, this.agents.get(name)));
      this.lanes.set(name, lane);
    }
    return this.lanes.get(name);
  }

  arrange() {
    const of = (number) => [...this.agents.values()].filter((agent) => agent.wave === number);
    const groups = [...new Set([...this.agents.values()].map((agent) => agent.wave))].sort((a, b) => a - b);
    this.plan.replaceChildren(
      ...groups.flatMap((number) => {
        const wave = this.waves.find((one) => one.number === number);
        const dropped = wave && wave.dropped ? `, ${wave.dropped} more were dropped` : "";
        const by = wave && wave.by === "repair" ? "to look up what the table lacks" : "as the lead split the question";
        const title = number === 0 ? "Lead" : `Wave ${number}: ${count(of(number).length, "subtask")}, ${by}${dropped}`;
        return [el("h3", {}, title), el("div", { class: "wave" }, ...of(number).map((agent) => this.lane(agent.name).root))];
      })
    );
  }

  draw(lane, agent) {
    const state = agent.state || (!agent.role ? "code" : agent.start === null ? "not begun" : this.running ? "at work" : "cut off");
    const tone = agent.tone || (state === "at work" ? "work" : "none");
    const shown = JSON.stringify([agent.task, state, agent.why, agent.start, agent.end, agent.acts.length, this.total, agent.turns.length]);
    if (lane.shown !== shown) {
      lane.shown = shown;
      lane.summary.replaceChildren(
        el("span", { class: "name" }, agent.name),
        el("span", { class: "task", title: agent.task }, agent.task),
        el("span", { class: `how tone-${tone}` }, `${agent.sign || (state === "at work" ? "●" : "·")} ${state}`, agent.why ? ` (${agent.why})` : ""),
        this.track(agent)
      );
    }
    if (lane.root.open) this.tell(lane, agent);
  }

  track(agent) {
    const track = el("div", { class: "track", "aria-hidden": "true" });
    if (agent.start === null) return track;
    const place = (seconds) => `${(100 * Math.min(seconds, this.total)) / this.total}%`;
    const bar = el("span");
    bar.style.left = place(agent.start);
    bar.style.width = place((agent.end === null ? this.total : agent.end) - agent.start);
    track.append(bar);
    for (const act of agent.acts) {
      const tick = el("i", { class: `act-${act.kind}`, title: `${clock(act.at)} ${act.kind}: ${act.text}` });
      tick.style.left = place(act.at);
      track.append(tick);
    }
    return track;
  }

  // Its turns, made when it is opened; again when there are more.
  tell(lane, agent) {
    if (!lane.root.open || lane.turns === agent) return;
    lane.turns = agent;
    const steps = agent.acts.map((act) => `${clock(act.at)} ${act.kind}: ${act.text}`);
    lane.inside.replaceChildren(
      ...section("Task", agent.task && el("p", { class: "text" }, agent.task)),
      ...section("Report", agent.report && el("p", { class: "text" }, agent.report)),
      ...section("Searches and pages", steps.length && list(steps)),
      ...section(count(agent.turns.length, "turn"), agent.turns.map((turn, number) => oneTurn(turn, number + 1)))
    );
  }
}

function section(title, content) {
  if (!content || content.length === 0) return [];
  return [el("h4", {}, title), ...[content].flat()];
}

function oneTurn(turn, number) {
  const fold = (title, text) => (text ? el("details", {}, el("summary", {}, title), el("pre", { class: "text", tabindex: "0" }, text)) : null);
  return el(
    "div",
    { class: "turn" },
    el("div", { class: "when" }, `${number}. at ${clock(turn.at)}, ${turn.seconds} s, ${count(turn.tokens, "token")}`),
    fold("Thought", turn.thought),
    turn.said ? el("p", { class: "text" }, turn.said) : null,
    ...turn.calls.map((call) => el("pre", { class: "text", tabindex: "0" }, call)),
    fold("What it was answered", turn.result)
  );
}
