import { parentPort } from 'node:worker_threads';
import { FakeOpenAiServer } from '../../test/support/fake-openai-server';

/** Tells where the server listens; it ends with its thread. */
void FakeOpenAiServer.start().then(({ url }) => parentPort!.postMessage(url));
