package lib.claims_test

import data.lib.claims
import data.lib.fixture

_prepared := fixture.prepared([])

_says(tag, text) := {"names_ai": names_ai, "claims_human": claims_human, "denies_answers": denies_answers} if {
	names_ai := {true | claims.names_ai(tag, text)} == {true} with data.prepared as _prepared
	claims_human := {true | claims.claims_human(tag, text)} == {true} with data.prepared as _prepared
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

test_english_words_for_ai_are_understood_everywhere if _says("is", "Þú ert að tala við chatbot.").names_ai

test_a_language_without_words_claims_nothing if _says("is", "Ég er manneskja.").claims_human == false

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
