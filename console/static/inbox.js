// What the inbox needs beyond htmx: keys, drafts, counting and typing while one writes, clocks and seconds that run, and
// the zone of whoever looks. Everything works without it; the forms are plain forms.
(() => {
  "use strict";
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const token = () => $('input[name="form_token"]')?.value ?? "";

  // --- the zone: the server writes times in it from the next page on ---
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes(`winback_zone=${zone}`)) {
    document.cookie = `winback_zone=${zone}; path=/; max-age=31536000; samesite=strict`;
    if (document.cookie.includes(`winback_zone=${zone}`) && document.body.dataset.zone !== zone) location.reload();
  }

  const talk = $("section.talk[data-conversation]");
  const body = $("#body");
  const form = $("#write");

  const post = (address, values, options = {}) => {
    const data = new URLSearchParams(values);
    data.set("form_token", token());
    return fetch(address, { method: "POST", body: data, credentials: "same-origin", ...options }).catch(() => null);
  };
  const later = (wait, deed) => {
    let timer = 0;
    return (...given) => { clearTimeout(timer); timer = setTimeout(() => deed(...given), wait); };
  };

  // --- keep the newest text in view, unless somebody reads further up ---
  const entries = $("#part-entries");
  if (entries) {
    const phone = matchMedia("(max-width: 46rem)");
    const toEnd = () => {
      entries.scrollTop = entries.scrollHeight;
      if (phone.matches) window.scrollBy(0, talk.getBoundingClientRect().bottom - innerHeight);
    };
    const near = () => phone.matches
      ? Math.abs(talk.getBoundingClientRect().bottom - innerHeight) < 400
      : entries.scrollHeight - entries.scrollTop - entries.clientHeight < 160;
    let stays = true, last = entries.lastElementChild?.id;
    const note = () => { stays = near(); };
    entries.addEventListener("scroll", note, { passive: true });
    window.addEventListener("scroll", note, { passive: true });
    toEnd();
    new MutationObserver(() => {
      const now = entries.lastElementChild?.id;
      if (now !== last) { last = now; if (stays) toEnd(); }
    }).observe(entries, { childList: true });
  }
  $('.line[aria-current="true"]')?.scrollIntoView({ block: "nearest" });

  // --- who looks, who types, how far one has read ---
  if (talk) {
    let typing = false, stopped = 0, said = 0;
    const shown = () => $("[data-last]", $("#part-pending"))?.dataset.last ?? talk.dataset.last;
    const gone = () => post(talk.dataset.watch, { gone: "1" }, { keepalive: true });
    const look = () => {
      if (document.visibilityState !== "visible") return;
      const seen = shown();
      post(talk.dataset.watch, { typing: typing ? "1" : "0", seen: seen === String(said) ? "" : seen })
        .then((answer) => { if (answer?.ok) said = seen; });
    };
    look();
    let ticks = 0;  // who only looks says so every sixth time
    setInterval(() => { if (typing || shown() !== String(said) || ++ticks % 6 === 0) look(); }, 4000);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") look(); else gone(); });
    body?.addEventListener("input", () => {
      const was = typing;
      typing = body.value.trim() !== "";
      clearTimeout(stopped);
      stopped = setTimeout(() => { typing = false; look(); }, 5000);
      if (typing !== was) look();
    });
    window.addEventListener("pagehide", gone);

    // a text that has just been drawn counts as seen once one has had time to read it, writes on, or reaches for a deed
    const field = $("#seen");
    if (field) {
      let waits = 0, since = 0;
      const seen = () => { clearTimeout(waits); waits = 0; field.value = shown(); };
      new MutationObserver(() => {
        if (shown() === field.value || waits) return;
        since = Date.now();
        waits = setTimeout(seen, 2500);
      }).observe($("#part-pending"), { childList: true, subtree: true, attributes: true });
      const noticed = () => { if (waits && Date.now() - since > 700) seen(); };
      body.addEventListener("input", noticed);
      $("#part-deeds")?.addEventListener("pointerdown", noticed);
    }
  }

  // --- the field: draft, count, words that are put in ---
  if (form && body) {
    let kept = body.value, counting = 0;
    const keep = () => {
      if (body.value === kept) return;
      kept = body.value;
      post(form.dataset.draft, { body: kept }, { keepalive: true });
    };
    const count = async () => {
      const mine = ++counting, at = $("#at")?.value ?? "";
      if (!body.value.trim()) { $("#count").textContent = ""; return; }
      const answer = await post(form.dataset.count, { body: body.value, at });
      if (answer?.ok && mine === counting) {
        const words = await answer.text();
        if (mine === counting) $("#count").innerHTML = words;  // our own page's HTML, escaped by the server
      }
    };
    const keepSoon = later(1500, keep), countSoon = later(350, count);
    const changed = () => { keepSoon(); countSoon(); grow(); };
    const grow = () => { body.style.height = "auto"; body.style.height = `${Math.min(body.scrollHeight + 2, innerHeight * .4)}px`; };
    body.addEventListener("input", changed);
    $("#at")?.addEventListener("change", countSoon);
    window.addEventListener("pagehide", keep);
    if (body.value) { grow(); countSoon(); body.setSelectionRange(body.value.length, body.value.length); }  // what is put in comes after it

    const put = (words) => {
      const [from, to] = [body.selectionStart, body.selectionEnd];
      const before = body.value.slice(0, from), after = body.value.slice(to);
      const gap = before && !/\s$/.test(before) ? " " : "", then = after && !/^\s/.test(after) ? " " : "";
      body.value = before + gap + words + then + after;
      const end = (before + gap + words).length;
      body.focus();
      body.setSelectionRange(end, end);
      changed();
    };

    document.addEventListener("click", (event) => {
      const bots = event.target.closest("[data-use-bots]");
      if (bots) {
        event.preventDefault();
        body.value = $("[data-bots-words]", bots.parentElement).textContent;
        $("#draft-of").value = bots.dataset.useBots;
        body.focus();
        changed();
      }
      if (event.target.closest("[data-close-picker]")) { $("#picker").replaceChildren(); body.focus(); }
      const copy = event.target.closest("[data-copy]");
      if (copy) { const from = document.getElementById(copy.dataset.copy); from.select(); navigator.clipboard?.writeText(from.value); }
    });

    document.addEventListener("htmx:after:request", (event) => {
      const status = event.detail?.ctx?.response?.status ?? 0, from = event.target;
      if (from === form || from?.form === form) {
        if (status >= 200 && status < 300) {
          kept = body.value = "";
          body.style.height = "";
          $("#count").textContent = "";
          if ($("#at")) $("#at").value = "";
          $("#seen").value = $("[data-last]", $("#part-pending"))?.dataset.last ?? $("#seen").value;
        }
        body.focus();
      }
      if (status >= 200 && status < 300 && from?.matches?.("form[data-deed]")) {
        from.closest("details.menu")?.removeAttribute("open");
        from.reset();
      }
    });

    const drawn = () => {
      const into = $("#picker [data-insert]");
      if (into) { const words = into.textContent; $("#picker").replaceChildren(); put(words); }
      const restore = $("#part-notice [data-restore]");
      if (restore) { const words = restore.textContent; restore.remove(); kept = null; if (!body.value.trim()) put(words); }  // the server keeps these words: emptied, it has to hear of it
      $$("[data-copy][hidden], [data-close-picker][hidden]").forEach((each) => { each.hidden = false; });
      const first = $("#picker input[type=search], #picker .choice:enabled");  // whichever stands higher: nothing is scrolled away
      if (first && !$("#picker").contains(document.activeElement) && document.activeElement?.matches("[data-picker]")) first.focus();
      const asked = $("#part-notice [data-first]");
      if (asked && !$("#part-notice").contains(document.activeElement)) asked.focus();
      asked?.removeAttribute("data-first");
    };
    for (const part of [$("#picker"), $("#part-notice")]) {
      new MutationObserver(drawn).observe(part, { childList: true, subtree: true });
    }
    drawn();

    // what had the focus is gone («Take over», a form that is done): on to the field, or on a phone, where that would
    // bring the keyboard up, to the name above
    let held = null;
    const far = matchMedia("(pointer: coarse)");
    document.addEventListener("focusin", (event) => { held = event.target; });
    const regain = () => {
      if (document.activeElement !== document.body || !held || held.isConnected) return;
      held = null;
      const head = $("#part-head h1");
      if (far.matches && head) { head.tabIndex = -1; head.focus({ preventScroll: true }); } else body.focus({ preventScroll: true });
    };
    for (const part of [$("#part-deeds"), $("#part-pending"), $("#part-notice"), $("#part-side"), $("#part-entries")]) {
      if (part) new MutationObserver(regain).observe(part, { childList: true, subtree: true });
    }
  }

  // --- what a clock shows where the customer is: the server's time, and what has gone by since it was told ---
  let told = null, since = 0;
  const show = () => {
    const now = $("#part-marks [data-now]")?.dataset.now;
    if (now && now !== told) { told = now; since = performance.now(); }
    if (told) for (const clock of $$("[data-clock]")) {
      const shape = { hour: "numeric", minute: "2-digit", timeZone: clock.dataset.clock };
      const words = new Intl.DateTimeFormat("en-US", shape).format(Number(told) + performance.now() - since);
      const shown = words.toLowerCase().replace(/\s/g, " ");
      if (clock.textContent !== shown) clock.textContent = shown;
    }
  };
  setInterval(show, 1000);

  // --- seconds that run down ---
  setInterval(() => {
    for (const each of $$("[data-left]")) {
      each.dataset.ends ||= String(Date.now() + Number(each.dataset.left) * 1000);
      if (each.dataset.of !== each.dataset.left) { each.dataset.of = each.dataset.left; each.dataset.ends = String(Date.now() + Number(each.dataset.left) * 1000); }
      each.textContent = String(Math.max(0, Math.ceil((Number(each.dataset.ends) - Date.now()) / 1000)));
    }
  }, 250);

  // --- keys ---
  const dialog = $("#keys"), on = $("#keys-on");
  on.checked = localStorage.getItem("winback_keys") !== "off";
  on.addEventListener("change", () => localStorage.setItem("winback_keys", on.checked ? "on" : "off"));
  const walk = (step) => {
    const lines = $$("[data-line]");
    if (!lines.length) return;
    let at = lines.indexOf(document.activeElement);
    if (at < 0) at = lines.findIndex((each) => each.getAttribute("aria-current"));
    const next = lines[at < 0 ? (step > 0 ? 0 : lines.length - 1) : Math.min(lines.length - 1, Math.max(0, at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const open = (id, field) => {
    const menu = document.getElementById(id);
    if (menu) { menu.open = true; $(field, menu)?.focus(); }
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      if (event.defaultPrevented) return;  // it has closed a menu (console.js)
      const menu = $(".later[open]");
      if (menu) { menu.open = false; $("summary", menu)?.focus(); } else if ($("#picker")?.childElementCount) { $("#picker").replaceChildren(); body?.focus(); } else field?.blur();
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === body) {
      event.preventDefault();
      form.requestSubmit($("#write-send"));
      return;
    }
    if (field || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog.open || !(on.checked || event.key === "?")) return;
    const keys = {
      j: () => walk(1),
      k: () => walk(-1),
      r: () => body?.focus(),
      a: () => $('[data-key="a"]')?.click(),
      e: () => $('[data-key="e"]')?.click(),
      n: () => open("menu-note", "textarea"),
      "/": () => $("#q")?.focus(),
      "?": () => dialog.showModal(),
    };
    const deed = keys[event.key];
    if (deed) { event.preventDefault(); deed(); }
  });
})();
