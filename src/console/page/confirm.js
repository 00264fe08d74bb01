import { byId } from './element.js';

/** Connects the buttons of the dialog. */
export function startConfirming() {
  const dialog = byId('confirm');
  byId('confirm-no').addEventListener('click', () => dialog.close('no'));
  byId('confirm-yes').addEventListener('click', () => dialog.close('yes'));
}

/**
 * Asks for confirmation of an irreversible action.
 * @param {string} verb label of the button
 * @returns {Promise<boolean>} whether the user confirmed; Escape means no
 */
export function confirmed(title, text, verb) {
  const dialog = byId('confirm');
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-yes').textContent = verb;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }),
  );
}
