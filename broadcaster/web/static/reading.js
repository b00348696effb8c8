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
    for (const name of ["csrf", "text", "voice"]) body.append(name, entered.get(name) ?? "");
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

  form.addEventListener("input", (event) => {
    if (event.target.name === "text" || event.target.name === "voice" || event.target.name === "choice") later();
    draft.keep();
  });
  spoken.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.choice) choose(button.dataset.choice);
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
