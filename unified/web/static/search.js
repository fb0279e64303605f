// Narrows the list of products while somebody types; without script the form does the same on the server.
const box = document.querySelector("[data-search]");
const said = box.form.querySelector("[role=status]");
const choices = [...document.getElementById(box.dataset.search).children];

box.addEventListener("input", () => {
  const wanted = box.value.trim().toLowerCase();
  let count = 0;
  for (const one of choices) {
    one.hidden = !one.textContent.toLowerCase().includes(wanted);
    count += one.hidden ? 0 : 1;
  }
  said.textContent = count ? said.dataset.count.replace("#", count) : said.dataset.none;
});
