// Shows the words to say beside the text while it is typed, takes the officer's choices for unsure places, and keeps
// what was typed in this tab until it is saved.

const PAUSE_MS = 500;

function follow(form) {
  const spoken = form.querySelector("[data-spoken]");
  const draft = keepDraft(form);
  let timer = 0;
  let latest = 0;

  async function refresh() {
    const turn = ++latest;
    const body = new URLSearchParams();
    const entered = new FormData(form);
    for (const name of ["csrf", "text", "voice", "repeat_key_fact"]) body.append(name, entered.get(name) ?? "");
    for (const choice of entered.getAll("choice")) body.append("choice", choice);
    spoken.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.reading, { method: "POST", body, redirect: "error" });
      if (turn === latest && answer.ok) spoken.innerHTML = await answer.text();
    } catch {
      // Without a connection the words stay as they were; saving the form will say what is wrong.
    } finally {
      if (turn === latest) spoken.removeAttribute("aria-busy");
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE_MS);
  }

  function choose(value) {
    const wanted = JSON.parse(value);
    for (const box of spoken.querySelectorAll("input[name=choice]")) {
      const other = JSON.parse(box.value);
      if (other.written === wanted.written && other.occurrence === wanted.occurrence) box.remove();
    }
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "choice";
    field.value = value;
    spoken.append(field);
    refresh();
  }

  function chooseOwn(field) {
    const words = field.value.trim();
    if (words) choose(JSON.stringify({ ...JSON.parse(field.dataset.own), spoken: words }));
  }

  // From now on the station says it so: what was chosen otherwise in this text gives way.
  async function chooseAlways(button) {
    const field = button.closest(".own").querySelector("[data-own]");
    const stretch = JSON.parse(field.dataset.own);
    const words = field.value.trim() || stretch.spoken;
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, stretch: field.dataset.own, own: words });
    try {
      const answer = await fetch(form.dataset.lexicon, {
        method: "POST", body, redirect: "error", headers: { Accept: "text/plain" },
      });
      if (!answer.ok) return complain(button, answer.status === 422 ? await answer.text() : form.dataset.failed);
    } catch {
      return complain(button, form.dataset.failed);
    }
    for (const box of spoken.querySelectorAll("input[name=choice]")) {
      const other = JSON.parse(box.value);
      if (other.written === stretch.written && other.spoken !== words) box.remove();
    }
    refresh();
  }

  function complain(button, sentence) {
    const own = button.closest(".own");
    own.querySelector("[role=alert]")?.remove();
    const said = document.createElement("p");
    said.className = "field-error";
    said.setAttribute("role", "alert");
    said.textContent = sentence;
    own.append(said);
  }

  form.addEventListener("input", (event) => {
    if (["text", "voice", "choice", "repeat_key_fact"].includes(event.target.name)) later();
    draft.keep();
  });
  spoken.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.choice) choose(button.dataset.choice);
    else if (button?.hasAttribute("data-always")) chooseAlways(button);
    else if (button?.hasAttribute("data-use-own")) chooseOwn(button.closest(".own").querySelector("[data-own]"));
  });
  spoken.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.dataset.own) return;
    event.preventDefault();
    chooseOwn(event.target);
  });
  if (draft.bringBack() || form.elements.text.value.trim()) refresh();
}

// A session that ended or a closed cover must not cost an afternoon's text: the tab remembers it until it is saved.
function keepDraft(form) {
  const key = `draft:${form.dataset.owner}:${form.action}`;
  const title = form.elements.title;
  const text = form.elements.text;
  form.addEventListener("submit", () => sessionStorage.setItem("draft:sent", key));
  return {
    keep: () => sessionStorage.setItem(key, JSON.stringify([title.value, text.value])),
    bringBack() {
      const kept = sessionStorage.getItem(key);
      if (kept === null || text.value || title.value) return false;
      [title.value, text.value] = JSON.parse(kept);
      return text.value !== "";
    },
  };
}

for (const form of document.querySelectorAll("form[data-reading]")) follow(form);
