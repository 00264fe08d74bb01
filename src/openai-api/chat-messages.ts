import { registerDecorator } from 'class-validator';
import type { TurnDto } from '../query/query.dto';

/** The fields of OpenAI's message that this service uses. */
export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function';
  /** Null for an assistant message that only calls tools. */
  content?: string | { type: 'text'; text: string }[] | null;
}

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];
const MAX_MESSAGES = 2048;
/** As in `POST /query`. */
const MAX_QUESTION_CHARACTERS = 8000;

/** Splits messages into the question (the last one) and its history (earlier turns of user and assistant). */
export function readConversation(messages: readonly ChatMessage[]): { question: string; history: TurnDto[] } {
  const history = messages.flatMap(({ role, content }) => {
    const text = textOf(content);
    return (role === 'user' || role === 'assistant') && text.trim() !== '' ? [{ role, content: text }] : [];
  });
  const question = history.pop()?.content ?? '';
  return { question, history };
}

/** Validates a list of {@link ChatMessage} that ends with a question of the user. */
export function IsConversation(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isConversation',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value) => problemOf(value) === null,
        defaultMessage: (args) => `$property ${problemOf(args?.value)}`,
      },
    });
}

/** @returns the problem of `messages`, or null if valid */
function problemOf(messages: unknown): string | null {
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MAX_MESSAGES)
    return `must be a list of 1 to ${MAX_MESSAGES} messages`;
  for (const [i, message] of messages.entries()) {
    const problem = problemOfMessage(message);
    if (problem !== null) return `[${i}]${problem}`;
  }
  const last = messages[messages.length - 1] as ChatMessage;
  const question = textOf(last.content);
  if (last.role !== 'user' || !/[^\s\p{C}]/u.test(question)) return 'must end with a question of the user';
  return question.length > MAX_QUESTION_CHARACTERS
    ? `must end with a question of at most ${MAX_QUESTION_CHARACTERS} characters`
    : null;
}

function problemOfMessage(message: unknown): string | null {
  if (typeof message !== 'object' || message === null) return ' must be an object';
  const { role, content } = message as { role?: unknown; content?: unknown };
  if (typeof role !== 'string' || !ROLES.includes(role)) return `.role must be one of ${ROLES.join(', ')}`;
  if (typeof content === 'string') return null;
  if (content === undefined || content === null) return role === 'assistant' ? null : '.content must be text';
  if (!Array.isArray(content)) return '.content must be text or a list of parts';
  const wrong = content.findIndex((part: unknown) => !isText(part));
  return wrong < 0 ? null : `.content[${wrong}] must be text: images, audio and files are not supported`;
}

function isText(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const { type, text } = part as { type?: unknown; text?: unknown };
  return type === 'text' && typeof text === 'string';
}

function textOf(content: ChatMessage['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text).join('\n');
}
