import { parentPort } from 'node:worker_threads';
import { FakeOpenAiServer } from '../../test/support/fake-openai-server';

/** Reports the server's address; the server ends with its thread. */
void FakeOpenAiServer.start().then(({ url }) => parentPort!.postMessage(url));
