/** Questions about the packages just installed, each with the same question in other words. */
export const QUESTIONS = [
  {
    question: 'What does the ttl option of lru-cache do?',
    reworded: 'What is the ttl option in lru-cache for?',
  },
];
