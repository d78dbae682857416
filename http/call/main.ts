/** The call page begins here. */

async function main(): Promise<void> {
  const response = await fetch("/call/hub.json");
  document.body.textContent = await response.text();
}

main();
