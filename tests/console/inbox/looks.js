// WCAG 2.2 AA as far as a script can tell of a page as it stands: gives what is wrong, a line each. Names of what can be
// pressed or filled in, size of targets, contrast as it was drawn, edges of fields, order of headings, landmarks, and whether
// one has to scroll sideways.
() => {
  const wrong = [];
  const seen = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getClientRects().length > 0;
  const words = (ids) => ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  const name = (e) => (e.getAttribute("aria-label") || words(e.getAttribute("aria-labelledby") ?? "").trim()
    || [...(e.labels ?? [])].map((l) => l.textContent).join(" ") || e.textContent || e.title || "").trim();
  const say = (what, e) => wrong.push(`${what}: ${e.outerHTML.replace(/\s+/g, " ").slice(0, 100)}`);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const twice = (list) => [...new Set(list.filter((each, at) => list.indexOf(each) !== at))];

  // --- what can be pressed or filled in ---
  for (const e of all("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!seen(e) || e.closest(".unseen, .skip")) continue;
    if (!name(e)) say("no name", e);
    const box = (e.matches("input[type=radio], input[type=checkbox]") ? e.closest("label") : e).getBoundingClientRect();
    if (getComputedStyle(e).display !== "inline" && (box.width < 24 || box.height < 24))
      say(`${Math.round(box.width)}x${Math.round(box.height)}`, e);
  }

  // --- what refers to what, headings, landmarks ---
  for (const id of twice(all("[id]").map((e) => e.id))) wrong.push(`twice: #${id}`);
  for (const a of ["aria-labelledby", "aria-describedby", "aria-controls", "for"])
    for (const e of all(`[${a}]`))
      for (const id of e.getAttribute(a).split(/\s+/)) if (id && !document.getElementById(id)) say(`${a} of nothing`, e);
  let rank = 0;
  const heads = all("h1, h2, h3, h4, h5, h6").filter((e) => e.checkVisibility());
  if (heads.filter((e) => e.tagName === "H1").length !== 1) wrong.push("not one h1");
  for (const e of heads) {
    if (Number(e.tagName[1]) > rank + 1 || !e.textContent.trim()) say(`after h${rank}`, e);
    rank = Number(e.tagName[1]);
  }
  const marks = all("nav, aside, section[aria-label]").map((e) => `${e.tagName} ${name(e)}`);
  for (const each of twice(marks)) wrong.push(`two landmarks: ${each}`);
  for (const e of all("nav, aside")) if (!e.matches("[aria-label], [aria-labelledby]")) say("landmark without a name", e);
  for (const e of all("img:not([alt])")) say("no alt", e);
  if (!document.documentElement.lang || !document.title.trim()) wrong.push("no language, or no title");
  if (document.documentElement.scrollWidth > innerWidth) wrong.push(`${document.documentElement.scrollWidth} wide`);

  // --- contrast as it was drawn (1.4.3, 1.4.11) ---
  const rgb = (colour) => { const c = colour.match(/[\d.]+/g).map(Number); return c.length > 3 ? c : [...c, 1]; };
  const over = (top, under) => under.map((each, at) => top[at] * top[3] + each * (1 - top[3]));
  const ground = (e) => {
    const layers = [];
    for (let x = e; x; x = x.parentElement) layers.push(rgb(getComputedStyle(x).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const faint = (e) => { let share = 1; for (let x = e; x; x = x.parentElement) share *= Number(getComputedStyle(x).opacity); return share; };
  const drawn = (style, e) => { const c = rgb(style.color); return over([...c.slice(0, 3), c[3] * faint(e)], ground(e)); };
  const read = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || read.has(e) || !seen(e)) continue;
    read.add(e);
    if (e.closest(".unseen, .skip, :disabled, option, script, .htmx-request")) continue;
    const style = getComputedStyle(e), is = ratio(drawn(style, e), ground(e));
    if (is < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) say(`contrast ${is.toFixed(2)}`, e);
  }
  for (const e of all("input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea")) {
    if (!seen(e) || e.closest(".unseen, :disabled")) continue;
    const is = Math.max(ratio(rgb(getComputedStyle(e).borderTopColor).slice(0, 3), ground(e.parentElement)), ratio(ground(e), ground(e.parentElement)));
    if (is < 3) say(`edge ${is.toFixed(2)}`, e);
    if (e.placeholder && ratio(drawn(getComputedStyle(e, "::placeholder"), e), ground(e)) < 4.5) say("placeholder too faint", e);
  }
  return wrong;
}
