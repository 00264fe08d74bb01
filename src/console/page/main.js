import { startAsking } from './ask.js';
import { showCaches, startCaches } from './caches.js';
import { startChunks } from './chunks.js';
import { offerCollections } from './collections.js';
import { startConfirming } from './confirm.js';
import { showDocuments, startDocuments } from './documents.js';
import { byId, showError, whileBusy } from './element.js';
import { startHealth } from './health.js';
import { hasKey, refusals, ServiceError, useKey } from './service.js';
import { showSpaces, startSpaces, stopSpaces } from './spaces.js';
import { startTour } from './tour.js';

/** What to do when a view is opened, by the fragment of its URL. */
const OPEN = {
  ask: () => byId('ask-form').elements.query.focus(),
  documents: showDocuments,
  caches: showCaches,
  spaces: showSpaces,
};

let isIn = false;
let view = 'ask';

/** Shows the view of the URL's fragment, or the current one if there is none. */
function open() {
  const name = location.hash.slice(1);
  if (Object.hasOwn(OPEN, name)) view = name;
  stopSpaces();
  for (const other of Object.keys(OPEN)) {
    byId(`${other}-view`).hidden = !isIn || other !== view;
    const link = document.querySelector(`nav a[href="#${other}"]`);
    if (other === view) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  byId('sign-in').hidden = isIn;
  byId('forget-key').hidden = !hasKey();
  if (isIn) void OPEN[view]();
  else byId('key-form').elements.key.focus();
}

/** Opens the page if the service accepts the key, if any; otherwise asks for a key. */
async function enter() {
  try {
    await offerCollections();
    byId('tour').hidden = false;
  } catch (error) {
    if (error.status === 401) return;
    // The key may allow only questions. If the service is unavailable, every view reports it.
    byId('tour').hidden = true;
  }
  isIn = true;
  open();
}

/** Asks for a key. @param {Error | null} error the service's error for the last key */
function leave(error) {
  useKey(null);
  isIn = false;
  showError(byId('key-error'), error);
  open();
}

refusals.addEventListener('refused', ({ detail: { status, code, message } }) => {
  if (hasKey()) leave(new ServiceError(status, code, `This key was refused. ${message}`));
  // Several calls may be refused at once: keep the first message.
  else if (byId('sign-in').hidden) leave(null);
});
byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = byId('key-form');
  useKey(form.elements.key.value.trim());
  form.reset();
  showError(byId('key-error'), null);
  void whileBusy(form, enter);
});
byId('forget-key').addEventListener('click', () => {
  useKey(null);
  // Removes everything that the key showed.
  location.reload();
});
window.addEventListener('hashchange', open);

startAsking();
startTour();
startDocuments();
startChunks();
startCaches();
startSpaces();
startConfirming();
startHealth();
void enter();
