"use strict";
// The page is whole without this; it adds buttons, a search, and opens what an address leads to.
(() => {
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", (event) => { event.preventDefault(); act(made); });
    return made;
  };
  const say = (on, text) => {
    const before = on.textContent;
    on.textContent = text;
    setTimeout(() => { on.textContent = before; }, 1500);
  };
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  for (const one of all("pre[data-copy]")) {
    const copy = button(`copy ${one.dataset.copy}`, async (self) => {
      say(self, (await copied(one.textContent)) ? "copied" : "select it and copy");
    });
    copy.className = "copy";
    one.before(copy);
  }
  const findings = all("details.finding");
  const bar = document.getElementById("tools");
  if (bar) {
    bar.hidden = false;
    bar.querySelector("span").append(
      button("open all", () => findings.forEach((one) => { one.open = true; })),
      button("close all", () => findings.forEach((one) => { one.open = false; })),
    );
    const rows = all("tr.req");
    const causes = all("section.cause");
    const texts = new Map([...findings, ...rows].map((one) => [one, one.textContent.toLowerCase()]));
    const told = bar.querySelector("output");
    bar.querySelector("input").addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const [one, text] of texts) one.classList.toggle("unfound", !words.every((word) => text.includes(word)));
      for (const one of causes) one.classList.toggle("unfound", !one.querySelector("details.finding:not(.unfound)"));
      const count = (list) => list.filter((one) => !one.classList.contains("unfound")).length;
      told.textContent = words.length ? `${count(findings)} findings, ${count(rows)} requirements` : "";
    });
  }
  const lead = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { return; }
    const there = id && document.getElementById(id);
    if (!there) return;
    const around = there.closest("details");
    if (around) around.open = true;
    there.scrollIntoView();
  };
  addEventListener("hashchange", lead);
  lead();
})();
