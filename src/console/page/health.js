import { milliseconds } from './amounts.js';
import { byId, element } from './element.js';

const INTERVAL_MS = 15_000;

/** Shows the health of the service, and updates it while the page is visible. */
export function startHealth() {
  void showHealth();
  setInterval(() => {
    if (!document.hidden) void showHealth();
  }, INTERVAL_MS);
}

/** Shows the health of the service and its dependencies in the corner and in its view. */
export async function showHealth() {
  const { status, dependencies } = await readHealth();
  const corner = byId('health');
  corner.textContent = status;
  corner.className = `health ${status}`;
  byId('dependencies').replaceChildren(
    ...Object.entries(dependencies).map(([name, { status: state, critical, latency_ms: ms }]) =>
      element(
        'li',
        { className: `badge ${state}` },
        `${name.replaceAll('_', ' ')}: ${state} (${milliseconds(ms)}${critical ? '' : ', not critical'})`,
      ),
    ),
  );
}

/** A service that is not ready responds with 503 and the same body. */
async function readHealth() {
  try {
    const reply = await fetch('health/ready');
    // Health is on the management port, which this page cannot reach.
    if (reply.status === 404) return { status: '', dependencies: {} };
    const body = await reply.json();
    if (body.dependencies) return body;
  } catch {
    // Unreachable: reported below.
  }
  return { status: 'unreachable', dependencies: {} };
}
