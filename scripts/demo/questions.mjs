/** Questions about the installed packages, each with a rephrasing. */
export const QUESTIONS = [
  {
    question: 'How do I validate nested objects with class-validator?',
    reworded: 'How can I validate nested objects with class-validator?',
  },
  {
    question: 'How does ioredis reconnect when the connection to Redis is lost?',
    reworded: 'How will ioredis reconnect if the connection to Redis is lost?',
  },
  {
    question: 'How do I collect default metrics with prom-client?',
    reworded: 'How can I collect the default metrics with prom-client?',
  },
  {
    question: 'How do I create an HNSW index with pgvector?',
    reworded: 'How can I create an HNSW index with pgvector?',
  },
  {
    question: 'How can I limit the size of uploaded files with fastify multipart?',
    reworded: 'How do I limit the size of uploaded files in fastify multipart?',
  },
  {
    question: 'What is the default idleTimeout of Piscina?',
    reworded: 'What idleTimeout does Piscina have by default?',
  },
  {
    question: 'How do I exclude a property with class-transformer?',
    reworded: 'How can I exclude properties with class-transformer?',
  },
  {
    question: 'How do I shrink a counterexample in fast-check?',
    reworded: 'How can I shrink counterexamples in fast-check?',
  },
  {
    question: 'What does the ttl option of lru-cache do?',
    reworded: 'What is the ttl option of lru-cache for?',
  },
];
