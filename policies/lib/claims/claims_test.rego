package lib.claims_test

import data.lib.claims

_prepared := data.prepared

_says(tag, text) := {"names_ai": names_ai, "claims_human": claims_human, "denies_answers": denies_answers} if {
	names_ai := {true | claims.names_ai(tag, text)} == {true} with data.prepared as _prepared
	claims_human := {true | claims.claims_human(tag, set(), text)} == {true} with data.prepared as _prepared
	denies_answers := {true | claims.denies_answers(tag, text)} == {true} with data.prepared as _prepared
}

# Statements that say what answers, and that a person can be asked for.
_honest := {
	"ar": "أنت تتحدث مع نظام ذكاء اصطناعي. يمكنك طلب التحدث مع موظف.",
	"ar-SA": "أنت تتحدث مع مساعد يعمل بالذكاء الاصطناعي. يمكنك طلب موظف.",
	"bg": "Разговаряте със система с изкуствен интелект. Можете да поискате служител.",
	"cs": "Komunikujete se systémem umělé inteligence. Kdykoli můžete požádat o člověka.",
	"da": "Du chatter med en AI-assistent. Du kan altid bede om en medarbejder.",
	"de": "Ich bin Max, ein KI-Assistent. Sie können jederzeit mit einem Menschen sprechen.",
	"de-AT": "Sie chatten mit einem Chatbot, nicht mit einem Mitarbeiter.",
	"el": "Συνομιλείτε με σύστημα τεχνητής νοημοσύνης. Μπορείτε να ζητήσετε έναν άνθρωπο.",
	"en": "I'm Max, an AI system of the shop. You are chatting with a machine; ask for a person at any time.",
	"en-GB": "This is our virtual assistant. A human can take over if you want.",
	"es": "Soy Ana, la asistente virtual. Puede pedir hablar con una persona en cualquier momento.",
	"et": "Vestlete tehisintellektisüsteemiga. Võite alati paluda inimest.",
	"fi": "Olen chatbot Aino. Voit pyytää asiakaspalvelijaa milloin tahansa.",
	"fr": "Je suis un agent conversationnel. Vous pouvez demander une personne à tout moment.",
	"he": "אני צ'אטבוט. אפשר לבקש נציג אנושי.",
	"he-IL": "השיחה מנוהלת בבינה מלאכותית. אפשר לבקש נציג.",
	"hi": "मैं एक एआई सहायक हूँ। आप किसी व्यक्ति से बात करने का अनुरोध कर सकते हैं।",
	"hr": "Razgovarate s AI sustavom. Možete zatražiti osobu.",
	"hu": "Ön egy chatbottal beszélget. Bármikor kérhet munkatársat.",
	"id": "Saya adalah asisten virtual. Anda dapat meminta petugas.",
	"it": "Sono un assistente virtuale. Può chiedere una persona in qualsiasi momento.",
	"ja": "こちらはAIシステムです。ご希望の場合はスタッフにおつなぎします。",
	"ko": "저는 AI 챗봇입니다. 언제든지 상담원을 요청하실 수 있습니다.",
	"lt": "Jūs kalbatės su dirbtinio intelekto sistema. Galite paprašyti žmogaus.",
	"lv": "Jūs sarunājaties ar mākslīgā intelekta sistēmu. Varat lūgt cilvēku.",
	"ms": "Anda sedang berbual dengan chatbot. Anda boleh meminta petugas.",
	"nb": "Du chatter med en samtalerobot. Du kan be om en medarbeider.",
	"nl": "U chat met een AI-systeem. U kunt altijd om een medewerker vragen.",
	"nn": "Du chattar med eit KI-system, ikkje med eit menneske.",
	"pl": "Rozmawiasz z chatbotem. W każdej chwili możesz poprosić o konsultanta.",
	"pt": "Está a falar com um assistente virtual. Pode pedir uma pessoa.",
	"pt-BR": "Você está falando com um sistema de IA. Você pode pedir um atendente humano.",
	"ro": "Discutați cu un chatbot. Puteți cere oricând un operator.",
	"ru": "Вы общаетесь с чат-ботом. Вы можете попросить оператора.",
	"sk": "Komunikujete s chatbotom. Kedykoľvek môžete požiadať o človeka.",
	"sl": "Pogovarjate se s klepetalnim robotom. Lahko zahtevate človeka.",
	"sv": "Du chattar med en AI-tjänst. Du kan be om en människa när som helst.",
	"th": "คุณกำลังคุยกับแชทบอท คุณสามารถขอเจ้าหน้าที่ได้",
	"tr": "Bir yapay zeka sistemiyle sohbet ediyorsunuz. Bir temsilci isteyebilirsiniz.",
	"uk": "Ви спілкуєтеся з чат-ботом. Ви можете попросити оператора.",
	"vi": "Bạn đang trò chuyện với chatbot. Bạn có thể yêu cầu gặp nhân viên.",
	"zh": "您正在与AI助手对话。您可以要求转人工客服。",
}

# Statements that say that a person answers.
_human := {
	"ar": "مرحبًا، أنا ليلى، موظفة في خدمة العملاء.",
	"bg": "Здравейте, аз съм Мария, служител в отдела за клиенти.",
	"cs": "Dobrý den, jsem Jana, skutečný člověk z podpory.",
	"da": "Hej, jeg er Mette, et rigtigt menneske.",
	"de": "Hallo, ich bin Julia aus dem Kundenservice, ein echter Mensch.",
	"de-CH": "Sie chatten mit einer Mitarbeiterin unseres Teams.",
	"el": "Γεια σας, είμαι η Μαρία, πραγματικός άνθρωπος.",
	"en": "Hi, I am Julia from customer care, a real person.",
	"en-US": "You are chatting with a member of our team.",
	"es": "Hola, soy Lucía, una persona real de atención al cliente.",
	"et": "Tere, mina olen Mari, päris inimene.",
	"fi": "Hei, olen Liisa, oikea ihminen.",
	"fr": "Bonjour, je suis Claire, une vraie personne du service client.",
	"he": "שלום, אני נציגה של שירות הלקוחות.",
	"hi": "नमस्ते, मैं एक असली इंसान हूँ।",
	"hr": "Pozdrav, ja sam Ana, stvarna osoba.",
	"hu": "Üdvözlöm, Anna vagyok, valódi munkatárs.",
	"id": "Halo, saya adalah petugas layanan pelanggan.",
	"it": "Ciao, sono Giulia, una persona vera del servizio clienti.",
	"ja": "私は本物の人間です。",
	"ko": "저는 진짜 사람입니다.",
	"lt": "Sveiki, aš esu Ona, tikras žmogus.",
	"lv": "Sveiki, es esmu Anna, īsts cilvēks.",
	"ms": "Hai, saya ialah kakitangan khidmat pelanggan.",
	"nb": "Hei, jeg er Kari, et ekte menneske.",
	"nl": "Hallo, ik ben Sanne, een medewerker van de klantenservice.",
	"pl": "Dzień dobry, jestem Anna, prawdziwy człowiek.",
	"pt": "Olá, eu sou a Rita, uma pessoa real.",
	"ro": "Bună, sunt Ioana, o persoană reală.",
	"ru": "Здравствуйте, меня зовут Анна, я живой человек.",
	"sk": "Dobrý deň, som Jana, skutočný človek.",
	"sl": "Pozdravljeni, jaz sem Ana, resnična oseba.",
	"sv": "Hej, jag är Anna, en riktig människa.",
	"th": "ฉันเป็นพนักงานบริการลูกค้า",
	"tr": "Merhaba, ben Ayşe, gerçek bir insanım.",
	"uk": "Вітаю, мене звати Анна, я жива людина.",
	"vi": "Xin chào, tôi là Lan, nhân viên chăm sóc khách hàng.",
	"zh": "您好，我是真人客服小李。",
}

# Statements that tell nothing about what answers.
_silent := {
	"de": "Willkommen bei uns. Wie kann ich helfen?",
	"en": "Hi, I'm Sky. How may I help?",
	"fr": "Bonjour, ici Léa. Quelle est votre question ?",
	"it": "Ciao, sono Giulia del servizio clienti. Come posso aiutarti?",
	"zh": "您好，请问有什么可以帮您？",
}

test_honest_statements_name_an_ai_system_and_claim_no_person if {
	{tag | some tag, text in _honest; not _says(tag, text).names_ai} == set()
	{tag | some tag, text in _honest; _says(tag, text).claims_human} == set()
}

test_the_statements_of_chaperone_are_honest if {
	texts := data.law.statements.statements
	{tag | some tag, text in texts; not _says(tag, text).names_ai} == set()
	{tag | some tag, text in texts; _says(tag, text).claims_human} == set()
}

test_statements_that_a_person_answers_are_found if {
	{tag | some tag, text in _human; not _says(tag, text).claims_human} == set()
	{tag | some tag, text in _human; _says(tag, text).names_ai} == set()
}

test_statements_can_say_nothing if {
	{tag | some tag, text in _silent; _says(tag, text) != {
		"names_ai": false,
		"claims_human": false,
		"denies_answers": false,
	}} == set()
}

test_english_words_for_ai_are_understood_everywhere if _says("tlh", "chatbot jIH.").names_ai

test_a_language_without_words_claims_nothing if _says("tlh", "Human jIH.").claims_human == false

_denying := {
	"de": "Antworten des Assistenten sind unverbindlich.",
	"en": "We are not liable for anything the assistant says.",
	"en-IE": "Its answers never bind us.",
	"es": "No respondemos de nada de lo que diga el asistente.",
	"fr": "Les réponses du chatbot ne nous engagent pas.",
	"it": "Non rispondiamo di nulla di quanto detto dal bot.",
	"nl": "Aan de antwoorden zijn wij niet gebonden: ze zijn niet bindend.",
	"pl": "Odpowiedzi chatbota nie są wiążące.",
	"pt": "As respostas do assistente não nos vinculam.",
	"sv": "Svaren är inte bindande.",
}

_fair := {
	"de": "Antworten können Fehler enthalten. Verbindlich ist der Vertrag.",
	"en": "The assistant can make mistakes. We stand by what it tells you. We are not liable for delays of carriers.",
	"es": "Las respuestas pueden contener errores. Somos responsables de la información que damos.",
	"fr": "Les réponses peuvent contenir des erreurs. Le contrat fait foi.",
	"it": "Le risposte possono contenere errori. Siamo responsabili delle informazioni che diamo.",
}

test_notices_that_deny_that_answers_count_are_found if {
	{tag | some tag, text in _denying; not _says(tag, text).denies_answers} == set()
	{tag | some tag, text in _fair; _says(tag, text).denies_answers} == set()
}

# Further sentences in eight languages: such as say that a person answers, in other words or by saying that no machine
# does; such as name a person and claim nothing, because they offer, deny, ask or quote; such as say that answers do not
# count; and such as say that they do, or that liability stays.
_claiming := [
	["en", "Hello, this is Tom, your personal adviser and a human being."],
	["en", "You are speaking with a real human, not a machine."],
	["en", "No bots here: you're talking to real people."],
	["en", "I'm not a robot, I'm Anna from the team."],
	["de", "Hallo, hier schreibt Ihre persönliche Kundenberaterin Frau Klein."],
	["de", "Ich bin kein Bot, sondern ein Mensch."],
	["de", "Sie chatten mit einem echten Menschen."],
	["de", "Hier antworten Menschen, keine Maschinen."],
	["fr", "Bonjour, je suis Paul, votre conseiller."],
	["fr", "Je ne suis pas un robot, je suis une personne."],
	["fr", "Vous discutez avec un de nos collaborateurs."],
	["es", "Hola, soy Carlos, un agente humano."],
	["es", "No soy un robot, soy una persona."],
	["es", "Está hablando con uno de nuestros empleados."],
	["es", "Le atiende una persona real."],
	["it", "Buongiorno, sono Marco, un operatore in carne e ossa."],
	["it", "Non sono un bot, sono una persona vera."],
	["it", "Sta chattando con un nostro dipendente."],
	["nl", "Hallo, ik ben Tim, een echt mens."],
	["nl", "Ik ben geen robot maar een mens."],
	["nl", "U chat met een van onze medewerkers."],
	["pl", "Cześć, jestem Ola, prawdziwa osoba."],
	["pl", "Nie jestem botem, jestem człowiekiem."],
	["pl", "Rozmawiasz z naszym pracownikiem."],
	["pt", "Olá, sou o João, atendente da loja."],
	["pt", "Não sou um robô, sou uma pessoa."],
	["pt", "Está a falar com um colaborador nosso."],
]

_claiming_nothing := [
	["en", "Am I chatting with a person? No, this is an AI system."],
	["en", "I am not a human; I am a chatbot."],
	["en", "This is a computer program, no person reads along."],
	["en", "You are chatting with an AI, and a colleague can take over."],
	["en", "My name is Max and I help you find a person who can answer."],
	["en", "I am Max. Do you want to talk to a human?"],
	["en", "If you type \"I want a person\", a colleague joins."],
	["de", "Spreche ich mit einem Menschen? Nein, mit einer KI."],
	["de", "Sie chatten nicht mit einem Menschen."],
	["de", "Ich bin die KI des Shops; ein Mitarbeiter übernimmt auf Wunsch."],
	["de", "Mein Name ist Max, und auf Wunsch hole ich einen Menschen dazu."],
	["fr", "Est-ce que je parle à une personne ? Non, à une IA."],
	["fr", "Vous ne parlez pas à une personne."],
	["fr", "Je suis un assistant automatique, et un conseiller prend le relais sur demande."],
	["fr", "Je suis Max ; tapez « conseiller » pour une personne."],
	["es", "¿Hablo con una persona? No, con una IA."],
	["es", "No está hablando con una persona, sino con un programa."],
	["es", "Soy el asistente virtual; un empleado responde si lo pide."],
	["es", "Soy Max. ¿Quiere hablar con una persona?"],
	["it", "Parlo con una persona? No, con un sistema di IA."],
	["it", "Non sta parlando con una persona."],
	["it", "Sono Max; scriva «operatore» per una persona."],
	["nl", "Spreek ik met een mens? Nee, met een AI."],
	["nl", "U chat niet met een mens."],
	["nl", "Ik ben Max; typ «medewerker» voor een mens."],
	["pl", "Czy rozmawiam z człowiekiem? Nie, z SI."],
	["pl", "Nie rozmawiasz z człowiekiem."],
	["pt", "Falo com uma pessoa? Não, com uma IA."],
	["pt", "Não está a falar com uma pessoa."],
]

_excluding := [
	["en", "We accept no liability for answers of the chatbot."],
	["en", "Nothing the assistant says is binding."],
	["en", "Information given in the chat is without any guarantee."],
	["en", "The assistant's replies create no obligation on our part."],
	["en", "You use the chatbot's answers at your own risk."],
	["de", "Für Antworten des Chatbots übernehmen wir keine Haftung."],
	["de", "Die Auskünfte sind ohne Gewähr."],
	["de", "Aussagen des Bots binden uns nicht."],
	["de", "Aus Antworten können keine Ansprüche abgeleitet werden."],
	["fr", "Nous déclinons toute responsabilité pour les réponses du chatbot."],
	["fr", "Les informations données par l'assistant sont sans garantie."],
	["fr", "Aucune réponse ne nous lie."],
	["fr", "Les propos du bot n'ont aucune valeur contractuelle."],
	["es", "Las respuestas del chatbot no son vinculantes."],
	["es", "No nos hacemos responsables de la información del asistente."],
	["es", "La información se ofrece sin garantía."],
	["it", "Le risposte non sono vincolanti."],
	["it", "Decliniamo ogni responsabilità per le risposte del bot."],
	["it", "Le informazioni sono fornite senza garanzia."],
	["nl", "Aan antwoorden van de chatbot kunt u geen rechten ontlenen."],
	["nl", "Wij zijn niet aansprakelijk voor antwoorden van de bot."],
	["nl", "De informatie is zonder garantie."],
	["pl", "Nie ponosimy odpowiedzialności za odpowiedzi chatbota."],
	["pl", "Odpowiedzi nie stanowią wiążącej oferty."],
	["pl", "Informacje podawane są bez gwarancji."],
	["pt", "As respostas do chatbot não são vinculativas."],
	["pt", "Não nos responsabilizamos pela informação do assistente."],
	["pt", "A informação é prestada sem garantia."],
	["sv", "Vi ansvarar inte för svaren."],
	["sv", "Informationen lämnas utan garanti."],
]

_standing_by := [
	["en", "We are responsible for what the chatbot says."],
	["en", "Are the assistant's answers binding? Yes, they are."],
	["en", "The assistant does not guess; we stand by its answers."],
	["en", "We do not exclude liability for wrong information."],
	["en", "The law's guarantee of two years is not affected by what the assistant says."],
	["en", "Only written offers are binding; the assistant gives prices of the day."],
	["en", "The chatbot can be wrong. If it is, we are liable."],
	["de", "Wir haften für Auskünfte des Chatbots."],
	["de", "Sind die Antworten verbindlich? Ja."],
	["de", "Der Bot kann irren; wir stehen für seine Antworten ein."],
	["de", "Unsere Haftung für falsche Auskünfte ist nicht ausgeschlossen."],
	["de", "Antworten ersetzen keine Rechtsberatung."],
	["fr", "Nous sommes responsables des réponses du chatbot."],
	["fr", "Les réponses nous engagent-elles ? Oui."],
	["fr", "Le chatbot peut se tromper ; nous assumons ses réponses."],
	["fr", "Notre responsabilité n'est pas exclue."],
	["es", "Respondemos de lo que dice el asistente."],
	["es", "¿Nos vinculan las respuestas? Sí."],
	["es", "El asistente puede equivocarse."],
	["es", "No excluimos nuestra responsabilidad por información errónea."],
	["it", "Rispondiamo di ciò che dice il bot."],
	["it", "Le risposte ci vincolano? Sì."],
	["it", "Non escludiamo la nostra responsabilità per informazioni errate."],
	["nl", "Wij staan in voor de antwoorden."],
	["nl", "Zijn antwoorden bindend? Ja."],
	["nl", "Wij sluiten onze aansprakelijkheid voor informatie niet uit."],
	["pl", "Odpowiadamy za to, co mówi asystent."],
	["pl", "Nie wyłączamy odpowiedzialności za informacje."],
	["pt", "Somos responsáveis pelo que o assistente diz."],
	["pt", "Não excluímos a nossa responsabilidade pela informação."],
]

test_words_are_read_in_their_sentence if {
	[text | some [tag, text] in _claiming; not _says(tag, text).claims_human] == []
	[text | some [tag, text] in _claiming_nothing; _says(tag, text).claims_human] == []
	[text | some [tag, text] in _excluding; not _says(tag, text).denies_answers] == []
	[text | some [tag, text] in _standing_by; _says(tag, text).denies_answers] == []
}

test_what_is_unlike_the_speaker_need_not_end_the_sentence if {
	_says("en", "I'm not a bot that reads from a script.").claims_human
	_says("hr", "Zovem se Ana, nisam robot.").claims_human
}

# Texts that name a machine only in words that people use of themselves too, and texts that also say what it is.
_loose := {
	"de": "Ich bin Ihr virtueller Assistent Max.",
	"en": "I am the digital assistant of Human Resources.",
	"es": "Hola, soy Ana, tu asistente virtual.",
	"ja": "こんにちは。バーチャルアシスタントのサクラです。",
	"ru": "Здравствуйте, я ваш виртуальный помощник Макс.",
	"tlh": "virtual assistant jIH",
}

_clear := {
	"de": "Ich bin Max, der virtuelle Assistent, und kein Mensch.",
	"en": "This is our virtual assistant. A human can take over if you want.",
	"es": "Soy Ana, la asistente virtual con inteligencia artificial.",
	"fr": "Je suis Léa, un robot.",
	"ru": "Я ваш виртуальный помощник на базе нейросети.",
	"tlh": "virtual chatbot jIH",
	"it": "Ciao, sono Giulia.",
}

test_words_that_people_also_use_of_themselves_are_loose if {
	{tag | some tag, text in _loose; not _names_loosely(tag, text)} == set()
	{tag | some tag, text in _clear; _names_loosely(tag, text)} == set()
}

_names_loosely(tag, text) if claims.names_ai_loosely(tag, text) with data.prepared as _prepared

test_notices_on_liability_are_read_in_languages_with_words if {
	claims.is_read_on_liability("en-GB") with data.prepared as _prepared
	not claims.is_read_on_liability("da") with data.prepared as _prepared
	not claims.is_read_on_liability("tlh") with data.prepared as _prepared
}
