// Serial numbers that are pasted: how many there are, and which lines are wrong, before anything is sent.

const isSerial = (text) => /^[0-9a-f]{12}$/i.test(text.replace(/['"]/g, "").replace(/[-:.\s]/g, ""));
const isGood = (line) => {
  const first = line.split(/[;,\t]/)[0];
  return isSerial(first) || (first.trim() !== "" && first.trim().split(/\s+/).every(isSerial));
};

export function checkPasted(area) {
  const told = area.parentElement.querySelector(".pasted");
  const tell = () => {
    const lines = area.value.split("\n").map((line) => line.trim());
    const wrong = lines.flatMap((line, at) => (line && !line.startsWith("#") && !isGood(line) ? [at + 1] : []));
    const good = lines.filter((line) => line && !line.startsWith("#")).length - wrong.length;
    const texts = [area.dataset.good.replace("#", good)];
    if (wrong.length) texts.push(area.dataset.wrong.replace("#", wrong.slice(0, 10).join(", ")));
    told.textContent = area.value.trim() ? texts.join("; ") : "";
    area.setAttribute("aria-invalid", String(wrong.length > 0));
  };
  area.addEventListener("input", tell);
  tell();
}
