const ARTICLE = `The Port of Hollis Bay announced on Tuesday that it will close its northern container terminal for eleven months, beginning in March, to rebuild the quay wall that was damaged by the storm of last November. Port director Amelia Okonkwo said that the repair will cost 84 million dollars, of which the state will pay 60 million and the port authority the rest. About 420 dock workers will be moved to the southern terminal, and nobody will lose a job, she said. The union of dock workers, which had asked for a written promise, called the plan "a fair deal" and will vote on it next week. Shipping companies were less pleased. Two of the largest, Northline and Caravel Freight, said that they will send ships to the neighbouring port of Saint Brannock until the work is done, since the southern terminal cannot take vessels longer than 300 metres. Fishermen, whose boats lie beside the northern terminal, asked the port to keep the channel open at night. Okonkwo said that the channel will be closed only for four weekends in May and June. The new quay wall will be two metres higher than the old one and is made to withstand the floods that are expected at the end of the century.`;

const MINUTES = `Minutes of the meeting of the library board, 14 September. Present: Ruth Alvarez (chair), Tom Becker, Ifeoma Nwosu, Jan de Vries. 1. The minutes of the meeting of 10 August were approved. 2. Tom Becker reported that the roof of the branch on Mill Street leaks again. The board agreed to ask three companies for offers by 30 September, and to spend at most 12,000 dollars. 3. Ifeoma Nwosu presented the numbers of the summer reading programme: 1,340 children took part, 18 percent more than last year, and 611 of them read ten books or more. The board thanked the volunteers. 4. Jan de Vries proposed to open the main library on Sundays from 12 to 5. Ruth Alvarez asked what that would cost; Jan de Vries will present a budget at the next meeting. 5. The board agreed to end the subscription of the microfilm archive, which was used four times last year. 6. The next meeting is on 12 October at 6 in the evening.`;

const PYTHON = `class Inventory:
    def __init__(self):
        self.items = {}

    def add(self, name, quantity):
        if name in self.items:
            self.items[name] += quantity
        else:
            self.items[name] = quantity

    def remove(self, name, quantity):
        if name not in self.items:
            raise KeyError(name)
        if self.items[name] < quantity:
            raise ValueError("not enough of " + name)
        self.items[name] -= quantity
        if self.items[name] == 0:
            del self.items[name]

    def total(self):
        return sum(self.items.values())`;

const JAVASCRIPT = `function parseRow(line) {
  const cells = line.split(',');
  const row = {};
  row.date = new Date(cells[0]);
  row.account = cells[1].trim();
  row.amount = Number(cells[2]);
  row.currency = cells[3].trim().toUpperCase();
  row.comment = cells[4] ? cells[4].trim() : '';
  return row;
}

function parseFile(text) {
  const rows = [];
  for (const line of text.split('\\n')) {
    if (line.trim() === '') continue;
    rows.push(parseRow(line));
  }
  return rows;
}`;

/** Requests of one turn each, by kind. */
export const LOOKUP_CHATS: Record<string, string[]> = {
  summaries: [
    `Summarize the following article in three sentences.\n\n${ARTICLE}`,
    `Write a list of the decisions in these minutes.\n\n${MINUTES}`,
    `Repeat the most important facts of this article, with all numbers and names.\n\n${ARTICLE}`,
  ],
  'code edits': [
    `Rename the method "remove" to "take" in this Python code, and print the whole code.\n\n\`\`\`python\n${PYTHON}\n\`\`\``,
    `Add a comment above each function of this JavaScript code, and print the whole code.\n\n\`\`\`javascript\n${JAVASCRIPT}\n\`\`\``,
    `Rename "items" to "stock" in this Python code, and print the whole code.\n\n\`\`\`python\n${PYTHON}\n\`\`\``,
  ],
  'plain chat': [
    'What is a good way to learn to play the guitar?',
    'Tell me a short story about a lighthouse keeper and a whale.',
    'Why is the sky blue, and why are sunsets red?',
  ],
};
