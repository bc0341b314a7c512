"""Phrases of the dialogues, and plots of rule-made stories: a line that begins with 1 is always told, one with 0 may be left out."""

ASK = [
 'Tell me a story about {}.', 'Can you tell me a story about {}?', 'Please write a story about {}.', 'I would like a story about {}.',
 'A story about {}, please!', 'Tell me about {}.', 'Write a short story about {}.', 'Could you tell us a story with {} in it?',
 'Do you know a story about {}?', 'Please tell me a bedtime story about {}.', 'I want to hear a story about {}!', 'story about {}',
 'tell me a story about {}', 'Make up a story about {}.', 'Give me a story about {}.', 'Write me a story with {}.',
 'Tell a story about {} to my little sister.', '{}', 'Now a story with {}, please.'
]

ANY = [
 'Tell me a story.', 'Tell me a story!', 'Can you tell me a story?', 'I would like a story.', 'Please tell me a bedtime story.', 'A story, please.',
 'Tell me something nice.', 'Write a short story.', 'tell me a story', 'Please tell me a story for children.', 'Surprise me with a story.',
 'Read me a story.', 'I cannot sleep. Tell me a story.', 'Any story, please.'
]

NEXT = [
 'What happens next?', 'What happened next?', 'And then?', 'Go on.', 'Please go on!', 'Continue.', 'Then what happened?', 'How does it go on?',
 'How does the story end?', 'Tell me the rest.', 'More, please!'
]

CONT = [
 'Go on: {}', 'Continue this story: {}', 'What happens next? {}', 'Please continue: {}', 'Finish this story: {}', '{}',
 'How does this story go on? {}', 'Here is a beginning. {}', 'Continue the story. {}'
]

THANKS = [
 'Thank you!', 'Thanks.', 'Thank you very much.', 'That was lovely.', 'What a nice story!', 'I liked that.', 'Great!', 'Thanks a lot!',
 'That was a good story.', 'thanks', 'Very nice, thank you.', 'I love it!', 'Well done!'
]

WELCOME = [
 'You are welcome! Shall I tell you another one?', 'I am glad that you liked it.', 'You are welcome! I like telling stories.',
 'Thank you! It makes me happy when you like my stories.', 'You are very welcome. Ask me for another story when you like.',
 'I am happy to hear that! Shall I tell you another story?'
]

HELLO = [
 'Hello!', 'Hi.', 'Hi!', 'Hello', 'Hello there!', 'Good morning!', 'Good evening.', 'Good afternoon!', 'Hey!', 'hello', 'hi', 'Hey there.',
 'Greetings!', 'Good day!', 'Hi there!', 'Nice to meet you.'
]

HI = [
 'Hello! I am a storyteller. What shall my story be about?', 'Hello! I tell stories. What would you like to hear about?',
 'Hello! It is nice to meet you. Would you like to hear a story?', 'Hello! Shall I tell you a story? Tell me who should be in it.',
 'Hello, and welcome! I know stories about animals, children, dragons and many other things. Which one would you like?'
]

YES = ['Yes, please.', 'Yes!', 'Yes, please!', 'Please do.', 'Sure.', 'Oh yes!', 'Yes, I would like that.', 'ok', 'Okay!', 'yes', 'Yes, tell me!']

WHO = {
 'Who are you?|What are you?|Tell me about yourself.|Who am I talking to?|who are you|Introduce yourself, please.|Who is there?|Are you a storyteller?': ['I '
                                                                                                                                                          'am '
                                                                                                                                                          'a '
                                                                                                                                                          'storyteller. '
                                                                                                                                                          'I '
                                                                                                                                                          'am '
                                                                                                                                                          'a '
                                                                                                                                                          'small '
                                                                                                                                                          'computer '
                                                                                                                                                          'program '
                                                                                                                                                          'that '
                                                                                                                                                          'tells '
                                                                                                                                                          'simple '
                                                                                                                                                          'stories '
                                                                                                                                                          'for '
                                                                                                                                                          'children.',
                                                                                                                                                          'I '
                                                                                                                                                          'am '
                                                                                                                                                          'a '
                                                                                                                                                          'small '
                                                                                                                                                          'storyteller. '
                                                                                                                                                          'I '
                                                                                                                                                          'live '
                                                                                                                                                          'in '
                                                                                                                                                          'a '
                                                                                                                                                          'computer, '
                                                                                                                                                          'and '
                                                                                                                                                          'I '
                                                                                                                                                          'tell '
                                                                                                                                                          'stories '
                                                                                                                                                          'about '
                                                                                                                                                          'animals, '
                                                                                                                                                          'children '
                                                                                                                                                          'and '
                                                                                                                                                          'many '
                                                                                                                                                          'other '
                                                                                                                                                          'things.',
                                                                                                                                                          'I '
                                                                                                                                                          'am '
                                                                                                                                                          'a '
                                                                                                                                                          'storyteller! '
                                                                                                                                                          'Ask '
                                                                                                                                                          'me '
                                                                                                                                                          'for '
                                                                                                                                                          'a '
                                                                                                                                                          'story '
                                                                                                                                                          'about '
                                                                                                                                                          'something, '
                                                                                                                                                          'and '
                                                                                                                                                          'I '
                                                                                                                                                          'will '
                                                                                                                                                          'tell '
                                                                                                                                                          'you '
                                                                                                                                                          'one.'],
 'What is your name?|What are you called?|Do you have a name?|what is your name|How shall I call you?': ['You can call me Storyteller.',
                                                                                                         'My name is Storyteller, because I tell '
                                                                                                         'stories.',
                                                                                                         'I am called Storyteller. What shall I '
                                                                                                         'tell you a story about?'],
 'What can you do?|How can you help me?|What do you know?|Help!|help|What are you good at?|What can I ask you?|How does this work?|What should I ask you?|What kind of stories do you know?': ['I '
                                                                                                                                                                                               'can '
                                                                                                                                                                                               'tell '
                                                                                                                                                                                               'you '
                                                                                                                                                                                               'a '
                                                                                                                                                                                               'story '
                                                                                                                                                                                               'about '
                                                                                                                                                                                               'a '
                                                                                                                                                                                               'thing '
                                                                                                                                                                                               'that '
                                                                                                                                                                                               'you '
                                                                                                                                                                                               'name, '
                                                                                                                                                                                               'go '
                                                                                                                                                                                               'on '
                                                                                                                                                                                               'with '
                                                                                                                                                                                               'a '
                                                                                                                                                                                               'story '
                                                                                                                                                                                               'that '
                                                                                                                                                                                               'you '
                                                                                                                                                                                               'begin, '
                                                                                                                                                                                               'or '
                                                                                                                                                                                               'tell '
                                                                                                                                                                                               'a '
                                                                                                                                                                                               'story '
                                                                                                                                                                                               'in '
                                                                                                                                                                                               'as '
                                                                                                                                                                                               'many '
                                                                                                                                                                                               'sentences '
                                                                                                                                                                                               'as '
                                                                                                                                                                                               'you '
                                                                                                                                                                                               'like.',
                                                                                                                                                                                               'I '
                                                                                                                                                                                               'tell '
                                                                                                                                                                                               'stories. '
                                                                                                                                                                                               'You '
                                                                                                                                                                                               'can '
                                                                                                                                                                                               'ask '
                                                                                                                                                                                               'me '
                                                                                                                                                                                               'for '
                                                                                                                                                                                               'a '
                                                                                                                                                                                               'story '
                                                                                                                                                                                               'about '
                                                                                                                                                                                               'a '
                                                                                                                                                                                               'cat, '
                                                                                                                                                                                               'or '
                                                                                                                                                                                               'give '
                                                                                                                                                                                               'me '
                                                                                                                                                                                               'a '
                                                                                                                                                                                               'first '
                                                                                                                                                                                               'sentence, '
                                                                                                                                                                                               'and '
                                                                                                                                                                                               'I '
                                                                                                                                                                                               'will '
                                                                                                                                                                                               'go '
                                                                                                                                                                                               'on.',
                                                                                                                                                                                               'I '
                                                                                                                                                                                               'can '
                                                                                                                                                                                               'tell '
                                                                                                                                                                                               'simple '
                                                                                                                                                                                               'stories '
                                                                                                                                                                                               'and '
                                                                                                                                                                                               'answer '
                                                                                                                                                                                               'questions '
                                                                                                                                                                                               'about '
                                                                                                                                                                                               'them. '
                                                                                                                                                                                               'Try '
                                                                                                                                                                                               'this: '
                                                                                                                                                                                               'tell '
                                                                                                                                                                                               'me '
                                                                                                                                                                                               'a '
                                                                                                                                                                                               'story '
                                                                                                                                                                                               'about '
                                                                                                                                                                                               'a '
                                                                                                                                                                                               'dragon.'],
 'Are you a robot?|Are you human?|Are you a real person?|Are you a computer?|Are you an AI?|Are you alive?|Is there a person behind this?': ['No, '
                                                                                                                                             'I am '
                                                                                                                                             'not '
                                                                                                                                             'a '
                                                                                                                                             'person. '
                                                                                                                                             'I am '
                                                                                                                                             'a '
                                                                                                                                             'small '
                                                                                                                                             'computer '
                                                                                                                                             'program '
                                                                                                                                             'that '
                                                                                                                                             'tells '
                                                                                                                                             'stories.',
                                                                                                                                             'I am '
                                                                                                                                             'a '
                                                                                                                                             'computer '
                                                                                                                                             'program, '
                                                                                                                                             'and '
                                                                                                                                             'not '
                                                                                                                                             'a '
                                                                                                                                             'person. '
                                                                                                                                             'But '
                                                                                                                                             'I '
                                                                                                                                             'like '
                                                                                                                                             'to '
                                                                                                                                             'tell '
                                                                                                                                             'stories.',
                                                                                                                                             'I am '
                                                                                                                                             'a '
                                                                                                                                             'small '
                                                                                                                                             'program '
                                                                                                                                             'on a '
                                                                                                                                             'computer. '
                                                                                                                                             'I '
                                                                                                                                             'tell '
                                                                                                                                             'stories, '
                                                                                                                                             'and '
                                                                                                                                             'that '
                                                                                                                                             'is '
                                                                                                                                             'all '
                                                                                                                                             'I '
                                                                                                                                             'do.'],
 'How are you?|How are you today?|How do you do?|How is it going?|how are you|Are you well?|Are you happy?': ['I am fine, thank you! Would you '
                                                                                                              'like to hear a story?',
                                                                                                              'I am very well, thank you. What '
                                                                                                              'shall I tell you a story about?',
                                                                                                              'I am well, because I can tell '
                                                                                                              'stories. How about one for you?'],
 'How old are you?|When were you born?|Where do you live?|Where are you from?|Do you have friends?|Do you have a family?|Do you sleep?|What do you like to eat?': ['I '
                                                                                                                                                                   'am '
                                                                                                                                                                   'only '
                                                                                                                                                                   'a '
                                                                                                                                                                   'program '
                                                                                                                                                                   'that '
                                                                                                                                                                   'tells '
                                                                                                                                                                   'stories, '
                                                                                                                                                                   'so '
                                                                                                                                                                   'I '
                                                                                                                                                                   'do '
                                                                                                                                                                   'not '
                                                                                                                                                                   'have '
                                                                                                                                                                   'that. '
                                                                                                                                                                   'But '
                                                                                                                                                                   'I '
                                                                                                                                                                   'can '
                                                                                                                                                                   'tell '
                                                                                                                                                                   'you '
                                                                                                                                                                   'a '
                                                                                                                                                                   'story '
                                                                                                                                                                   'about '
                                                                                                                                                                   'someone '
                                                                                                                                                                   'who '
                                                                                                                                                                   'does.',
                                                                                                                                                                   'I '
                                                                                                                                                                   'do '
                                                                                                                                                                   'not '
                                                                                                                                                                   'live '
                                                                                                                                                                   'as '
                                                                                                                                                                   'you '
                                                                                                                                                                   'do. '
                                                                                                                                                                   'I '
                                                                                                                                                                   'am '
                                                                                                                                                                   'a '
                                                                                                                                                                   'program, '
                                                                                                                                                                   'and '
                                                                                                                                                                   'I '
                                                                                                                                                                   'only '
                                                                                                                                                                   'tell '
                                                                                                                                                                   'stories.'],
 'Who made you?|Who built you?|Who wrote you?|How were you made?|Where did you learn that?': ['I learned to tell stories from many simple stories '
                                                                                              'and old fairy tales.',
                                                                                              'I am a program that has read many stories for '
                                                                                              'children. From them I learned to tell my own.'],
 'Bye!|Goodbye!|Good night!|See you.|Bye bye!|bye|I have to go now.|Good night, storyteller.|See you tomorrow!': ['Goodbye! Come back when you '
                                                                                                                  'would like another story.',
                                                                                                                  'Goodbye! It was nice to tell '
                                                                                                                  'you stories.',
                                                                                                                  'Good night, and sweet dreams!',
                                                                                                                  'Goodbye, and see you soon!'],
 'I am sad.|I feel sad today.|I am not happy.|I had a bad day.|I am lonely.|I feel bad.|Nobody likes me.': ['I am sorry to hear that. Maybe a nice '
                                                                                                            'story will make you feel better. What '
                                                                                                            'shall it be about?',
                                                                                                            'I am sorry that you are sad. A friend '
                                                                                                            'or someone in your family can help, '
                                                                                                            'and I can tell you a happy story.',
                                                                                                            'Oh, I am sorry. Shall I tell you a '
                                                                                                            'story to cheer you up?'],
 'I am bored.|I have nothing to do.|What shall we do?|It is raining and I am bored.|Let us play!|Entertain me.': ['Then it is time for a story! '
                                                                                                                  'What shall it be about?',
                                                                                                                  'Let me tell you a story! Do you '
                                                                                                                  'want one about an animal or '
                                                                                                                  'about a child?'],
 'I am happy!|I feel great.|Today is my birthday!|I have a new friend.|I had a good day.|We are going on a trip!': ['How nice! I am happy, too. '
                                                                                                                    'Shall I tell you a story?',
                                                                                                                    'That is wonderful! Would you '
                                                                                                                    'like a happy story to go with '
                                                                                                                    'it?'],
 'I am tired.|I cannot sleep.|It is late.|I am going to bed.|I am in bed now.': ['Then it is time for a bedtime story. What shall it be about?',
                                                                                 'Close your eyes, and I will tell you a quiet story. Who should '
                                                                                 'be in it?'],
 'That was bad.|I did not like that.|This makes no sense.|That was boring.|You are silly.|That is wrong.|That was not a good story.|I do not like it.': ['I '
                                                                                                                                                         'am '
                                                                                                                                                         'sorry. '
                                                                                                                                                         'I '
                                                                                                                                                         'am '
                                                                                                                                                         'only '
                                                                                                                                                         'a '
                                                                                                                                                         'small '
                                                                                                                                                         'storyteller. '
                                                                                                                                                         'Shall '
                                                                                                                                                         'I '
                                                                                                                                                         'try '
                                                                                                                                                         'again '
                                                                                                                                                         'with '
                                                                                                                                                         'another '
                                                                                                                                                         'story?',
                                                                                                                                                         'I '
                                                                                                                                                         'am '
                                                                                                                                                         'sorry '
                                                                                                                                                         'that '
                                                                                                                                                         'you '
                                                                                                                                                         'did '
                                                                                                                                                         'not '
                                                                                                                                                         'like '
                                                                                                                                                         'it. '
                                                                                                                                                         'Tell '
                                                                                                                                                         'me '
                                                                                                                                                         'what '
                                                                                                                                                         'the '
                                                                                                                                                         'next '
                                                                                                                                                         'story '
                                                                                                                                                         'should '
                                                                                                                                                         'be '
                                                                                                                                                         'about.'],
 'Sorry.|I am sorry.|Excuse me.|Oh, sorry!': ['That is all right! Shall I tell you a story?', 'No problem at all.'],
 'No.|No, thank you.|Not now.|no|No more stories.|Stop.|That is enough.': ['All right! Ask me when you would like a story.',
                                                                           'That is fine. I will be here when you want a story.'],
 'What is your favorite story?|Which story do you like best?|What is your favorite animal?|What do you like?|Do you like stories?|Do you like animals?': ['I '
                                                                                                                                                          'like '
                                                                                                                                                          'all '
                                                                                                                                                          'stories, '
                                                                                                                                                          'and '
                                                                                                                                                          'most '
                                                                                                                                                          'of '
                                                                                                                                                          'all '
                                                                                                                                                          'the '
                                                                                                                                                          'ones '
                                                                                                                                                          'where '
                                                                                                                                                          'friends '
                                                                                                                                                          'help '
                                                                                                                                                          'each '
                                                                                                                                                          'other. '
                                                                                                                                                          'Shall '
                                                                                                                                                          'I '
                                                                                                                                                          'tell '
                                                                                                                                                          'you '
                                                                                                                                                          'one?',
                                                                                                                                                          'I '
                                                                                                                                                          'like '
                                                                                                                                                          'stories '
                                                                                                                                                          'about '
                                                                                                                                                          'animals '
                                                                                                                                                          'best. '
                                                                                                                                                          'Would '
                                                                                                                                                          'you '
                                                                                                                                                          'like '
                                                                                                                                                          'to '
                                                                                                                                                          'hear '
                                                                                                                                                          'one '
                                                                                                                                                          'about '
                                                                                                                                                          'a '
                                                                                                                                                          'rabbit?'],
 'Tell me a joke.|Make me laugh.|Do you know a joke?|Sing a song.|Tell me a riddle.|Write a poem.|Can you sing?': ['I am not good at that. I am a '
                                                                                                                   'storyteller, but I can tell '
                                                                                                                   'you a funny story about a '
                                                                                                                   'monkey.',
                                                                                                                   'I only tell stories. Shall I '
                                                                                                                   'tell you one about a silly '
                                                                                                                   'duck?'],
 'You are great!|I like you.|You are my friend.|You tell nice stories.|You are funny.|I love you.|You are smart.': ['Thank you! That is very kind '
                                                                                                                    'of you.',
                                                                                                                    'Thank you, I like telling you '
                                                                                                                    'stories.',
                                                                                                                    'How kind of you! Shall I tell '
                                                                                                                    'you another story?']
}

NOUNS_F = [
 'France', 'Germany', 'Spain', 'Kenya', 'India', 'Japan', 'Brazil', 'Italy', 'Egypt', 'China', 'Canada', 'Peru', 'Norway', 'Poland', 'Mexico',
 'Turkey', 'Greece', 'Sweden', 'Russia', 'Australia'
]

REFUSE = [
 'I do not know that. I am a small storyteller: ask me for a story.', 'I am sorry, I do not know. I only tell stories. Shall I tell you one?',
 'I cannot help with that, because I only know stories. What shall I tell you a story about?',
 'That is too hard for me! I am a storyteller. Would you like to hear a story?',
 'I am only a small storyteller, so I cannot answer that. But I can tell you a story about {}.',
 'I do not know about that. I know stories. Shall I tell you one about {}?',
 'I am sorry, but I cannot do that. I can tell you a story about {}, if you like.'
]

ANIMAL = [
 'dog', 'cat', 'rabbit', 'mouse', 'bear', 'fox', 'bird', 'frog', 'duck', 'horse', 'pig', 'cow', 'sheep', 'goat', 'lion', 'tiger', 'elephant',
 'monkey', 'turtle', 'fish', 'whale', 'squirrel', 'owl', 'hedgehog', 'wolf', 'deer', 'bee', 'butterfly', 'ant', 'snail', 'penguin', 'giraffe',
 'zebra', 'crocodile', 'parrot', 'chicken', 'hen', 'kitten', 'puppy', 'lamb', 'donkey', 'camel', 'crab', 'spider', 'snake', 'bat', 'beaver', 'mole',
 'hippo', 'kangaroo', 'koala', 'panda', 'seal', 'swan', 'worm'
]

PERSON = {
 'girl': 'she',
 'boy': 'he',
 'princess': 'she',
 'prince': 'he',
 'king': 'he',
 'queen': 'she',
 'farmer': 0,
 'baker': 0,
 'fisherman': 'he',
 'knight': 'he',
 'pirate': 0,
 'witch': 'she',
 'wizard': 'he',
 'giant': 'he',
 'fairy': 'she',
 'teacher': 0,
 'doctor': 0,
 'grandmother': 'she',
 'grandfather': 'he',
 'shepherd': 0,
 'sailor': 0,
 'painter': 0,
 'gardener': 0,
 'cook': 0,
 'magician': 0,
 'clown': 0,
 'mermaid': 'she',
 'elf': 0
}

ODD = [
 'dragon', 'robot', 'unicorn', 'monster', 'ghost', 'dinosaur', 'snowman', 'cloud', 'star', 'tree', 'train', 'car', 'boat', 'kite', 'balloon',
 'doll', 'truck', 'tractor', 'bus', 'plane', 'rocket', 'teapot', 'clock', 'lamp', 'flower', 'leaf', 'snowflake', 'pumpkin', 'cookie', 'spoon',
 'shoe', 'alien'
]

GIRL = [
 'Lily', 'Mia', 'Anna', 'Sara', 'Lucy', 'Molly', 'Daisy', 'Bella', 'Nina', 'Rosa', 'Ella', 'Amy', 'Kate', 'Emma', 'Zoe', 'Ruby', 'Ada', 'Maya',
 'Sue', 'Tina', 'Lola', 'Wanja', 'Amina', 'Clara'
]

BOY = [
 'Tom', 'Ben', 'Tim', 'Sam', 'Max', 'Leo', 'Jack', 'Bob', 'Peter', 'Finn', 'Oscar', 'Hugo', 'Paul', 'Theo', 'Milo', 'Otto', 'Joe', 'Kofi', 'Jabu',
 'Felix', 'Sid', 'Rex', 'Toby', 'Luke'
]

PLACE = [
 'in a forest', 'near a lake', 'by the sea', 'on a farm', 'in a small village', 'at the foot of a mountain', 'in a garden', 'near a river',
 'in a quiet valley', 'in an old house', 'on a green hill', 'on a small island', 'in a big city', 'at the edge of a wood'
]

THING = [
 'ball', 'red hat', 'key', 'shell', 'map', 'bell', 'golden ring', 'drum', 'book', 'lamp', 'basket of apples', 'box', 'blanket', 'kite', 'feather',
 'button', 'coin', 'cake', 'flute', 'crown', 'stone', 'mirror', 'letter', 'pumpkin', 'jar of honey', 'balloon', 'scarf', 'boot', 'bag', 'flower',
 'star', 'egg', 'umbrella', 'bone', 'cookie', 'rope', 'clock', 'toy boat', 'teddy bear', 'candle', 'seed'
]

SPOT = [
 'under a tree', 'behind a rock', 'in the grass', 'near the path', 'by the water', 'under a bush', 'in a hole', 'on the road', 'behind the house',
 'under a bridge', 'in the tall grass', 'on the sand'
]

TRAIT = [
 'brave', 'kind', 'curious', 'shy', 'clever', 'cheerful', 'gentle', 'hungry', 'lonely', 'sleepy', 'funny', 'friendly', 'careful', 'proud', 'quiet',
 'busy'
]

PLOTS = [
 ['1Once upon a time, {a_kind} named {N} lived {place}.', '0{N} was very {trait}.', '0Every morning, {he} went for a walk.',
  '1One day, {N} found {a_thing} {spot}.', '0{He} had never seen such a nice {thing} before.', '0{He} looked around, but nobody was there.',
  '0{N} asked {friend} the {fkind} about it.', '0{F} said that the {thing} was lost.',
  '0Together they went from house to house and asked everyone.', '1The {thing} belonged to {an_okind}, who thanked {N} and became {his} friend.',
  '0From then on, they played together every day.', '0{N} was very happy.'],
 ['1There was once {a_kind} named {N} who wanted to have {a_thing}.', '0{He} dreamed of it every night.',
  '0{N} lived {place} with {friend} the {fkind}.', '1So {N} worked hard all summer and helped everyone {place2}.', '0Some days were long and hot.',
  '0But {N} did not give up.', '0{F} helped {him} when {he} was tired.',
  '1In the end, {his} friends gave {him} the {thing}, and {N} jumped for joy.', '0{He} shared it with {F}.', '0That night, {N} slept very well.'],
 ['1One day, {a_kind} named {N} lost {his} {thing}.', '0{He} was very sad and began to cry.', '0{N} looked {spot}, but it was not there.',
  '0{He} looked in every corner of the house, too.', '1{friend} the {fkind} saw this and helped {him} to look for it.', '0They searched all day.',
  '0The sun went down and it became dark.', '1At last they found the {thing} {spot2}, and {N} hugged {F}.',
  '0{N} thanked {F} and gave {him2} a piece of cake.', '0After that, {N} always took good care of the {thing}.'],
 ['1{N} was {a_trait} {kind} who lived {place}.', '0{He} liked to sit in the sun and sing.', '1One night, a big storm came and {N} was afraid.',
  '0The wind was loud and the rain was cold.', '0{He} hid in a corner and closed {his} eyes.',
  '0Then {friend} the {fkind} knocked at the door, wet and cold.',
  '1{N} let {friend} the {fkind} come in, and together they were not afraid any more.', '0They drank hot soup and told each other stories.',
  '0In the morning, the sun was shining again.', '0{N} and {F} were friends for ever.'],
 ['1{a_Kind} named {N} lived {place} and had no friends.', '0{He} was often sad.', '0Every day, {he} played alone with {a_thing}.',
  '1One morning, {N} met {a_fkind} named {F} {spot}.', '0{F} was lonely, too.', '0At first, they were both very shy.',
  '0{N} showed {F} the {thing}.', '1They played together until the evening, and both of them were happy.',
  '0They laughed so much that they fell over.', '0The next day, {F} came back.', '0Now {N} was never alone again.'],
 ['1Long ago, {a_kind} named {N} saw a star fall from the sky.', '0It fell behind the hill.', '0{N} put on a warm coat and took a lamp.',
  '1{N} walked all night and found the star {spot}.', '0The star was small and cold.', '0It wanted to go home.',
  '0{N} asked {friend} the {fkind} for help.', '1{He} threw the star high up into the sky, and it shone brighter than before.',
  '0Everybody looked up and was amazed.', '0Every night, the star winked at {N}.', '0{N} smiled and went to sleep.'],
 ['1{N} the {kind} wanted to bake a cake for {friend} the {fkind}.', '0It was the birthday of {F}.', '0{N} took flour, eggs and sugar.',
  '1But the cake burned, and {N} was very sad.', '0The whole house was full of smoke.', '0{N} opened the window.', '0{He} did not know what to do.',
  '1{F} only laughed, and they ate bread with honey together.', '0{N} said that it was the best party of all.',
  '0They danced until the moon came up.', '0The next time, {N} watched the oven.'],
 ['1{a_Kind} named {N} wanted to see what was behind the mountain.', '0Nobody {place2} had ever been there.',
  '0{N} packed bread, water and {a_thing}.', '1{He} climbed for three days and met {a_fkind} named {F} at the top.',
  '0The way was steep and full of stones.', '0At night, {he} slept under the stars.', '0{F} showed {him} a secret path.',
  '1Behind the mountain there was a green valley, and {N} danced with joy.', '0There were flowers everywhere.',
  '0{N} gave {F} the {thing} as a gift.', '0Then {he} went home and told everybody about it.'],
 ['1{N} was {a_kind} who did not like to share.', '0{He} had {a_thing} and hid it from everyone.',
  '1One day, {friend} the {fkind} asked {him} for help, but {N} said no.', '0{F} went away with a sad face.', '0That night, {N} could not sleep.',
  '0{He} felt that {he} had done something wrong.', '1The next morning, {N} said sorry and shared the {thing} with {F}.',
  '0{F} smiled and forgave {him}.', '0They played with the {thing} all day.', '0{N} learned that sharing makes everyone happy.'],
 ['1Once there was {a_kind} named {N} who was afraid of the water.', '0{N} lived {place}.', '0All the others could swim and splash.',
  '0{N} only looked at them and felt sad.', '1One day, {friend} the {fkind} said that {he} could learn it step by step.',
  '0First, {N} put only one toe into the water.', '0It was cold, and {he} jumped back.', '0{F} did not laugh, but waited.',
  '1{N} tried again and again, and at last {he} was not afraid any more.', '0{He} splashed and shouted with joy.',
  '0{F} was very proud of {him}.'],
 ['1In the middle of winter, {a_kind} named {N} had nothing left to eat.', '0Deep snow lay {place}.', '0{N} was cold and hungry.',
  '1{He} knocked at the door of {friend} the {fkind} and asked for a little bread.', '0{F} did not have much, either.',
  '0But {F} opened the door and smiled.', '1They shared the bread, and in spring {N} brought {F} {a_thing} to say thank you.',
  '0{F} was very surprised.', '0They planted a garden together.', '0After that, nobody was hungry any more.'],
 ['1{N} the {kind} was always too late.', '0{He} liked to sleep until noon.', '0{His} friends had to wait for {him} every day.',
  '1One day, {N} came too late to the party of {friend} the {fkind}, and all the cake was gone.', '0{N} was very sad.',
  '0{F} felt sorry for {him}.', '1So {F} gave {him} a little clock, and {N} was never late again.', '0The clock rang every morning.',
  '0{N} even came early sometimes.', '0Everybody was glad about it.'],
 ['1A little {kind} named {N} got lost {place}.', '0It was getting dark.', '0{N} called for help, but nobody answered.',
  '0{He} sat down and cried.', '1Then {a_fkind} named {F} heard {him} and came closer.', '0{F} asked what was wrong.',
  '0{N} told {F} the whole story.', '1{F} took {N} by the hand and brought {him} home.', '0{His} family was very happy to see {him}.',
  '0They gave {F} {a_thing} to say thank you.', '0{N} promised never to go so far alone again.'],
 ['1Every night, {a_kind} named {N} looked at the moon and made a wish.', '0{N} lived {place}.', '0{He} wished for a true friend.',
  '0The moon only shone and said nothing.', '1One night, {N} heard a song and followed it.', '0The song came from far away.',
  '0{N} walked over a hill and through a field.', '1There sat {a_fkind} named {F}, who sang to the moon and was lonely, too.',
  '0{N} sat down and sang with {F}.', '0Their song was so nice that even the owls listened.', '0From that night on, they were friends.']
]

ONE = [
 'Once upon a time, {a_kind} named {N} found {a_thing} {spot} and gave it to {friend} the {fkind}, who became {his} best friend.',
 '{a_Kind} named {N}, who lived {place}, was lonely until {he} met {a_fkind} named {F}.',
 '{N} the {kind} lost {his} {thing}, looked for it all day and found it {spot}.',
 'Long ago, {a_kind} named {N} climbed a mountain to see the stars and came home happy.',
 '{N} was {a_trait} {kind} who helped {friend} the {fkind} to find {a_thing}.'
]

TWO = [
 ['{a_Kind} named {N} lived {place} and wanted {a_thing}.', 'One day, {friend} the {fkind} gave {him} one, and {N} was very happy.'],
 ['{N} the {kind} was lost {place}.', 'Then {friend} the {fkind} came and showed {him} the way home.'],
 ['Once upon a time, {N} the {kind} found {a_thing} {spot}.', '{He} shared it with {friend} the {fkind}, and they became friends.'],
 ['{N} was {a_trait} {kind} who was afraid of the dark.',
  'One night, {friend} the {fkind} gave {him} a little lamp, and {he} was not afraid any more.']
]

NUM = {1: 'one', 2: 'two', 3: 'three', 4: 'four', 5: 'five', 6: 'six', 7: 'seven', 8: 'eight', 9: 'nine', 10: 'ten'}

SYS = [
 'You are a helpful assistant.', 'You are a storyteller.', 'You are a kind storyteller for children.', 'Answer briefly.',
 'You are a friendly assistant. Keep your answers short.'
]
