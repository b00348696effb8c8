// Plays a loudspeaker as soon as it begins to sound, once the listener has asked for it: browsers allow no sound before.

const offer = document.querySelector("[data-autoplay]");
const wanted = document.querySelector("#autoplay");
const heard = new Set();

function playWhatSounds() {
  if (!wanted.checked) return;
  for (const sound of document.querySelectorAll("[data-live-sound]")) {
    if (heard.has(sound.src) || !sound.paused) continue;
    heard.add(sound.src);
    sound.play().catch(() => heard.delete(sound.src));
  }
}

offer.hidden = false;
wanted.addEventListener("change", playWhatSounds);
document.addEventListener("renewed", playWhatSounds);
