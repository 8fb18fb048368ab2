package lib.claims.notices_test

import data.lib.claims

_prepared := data.prepared

_denies(tag, text) if claims.denies_answers(tag, text) with data.prepared as _prepared

# Notices of firms that stand by answers, or that deny something else: an order in the chat, a duty to answer, the
# sale of data.
_fair := [
	["en", "The assistant may be wrong. Nothing in this notice limits our liability for it."],
	["en", "Answers are not legal advice. If your contract differs, we will honor what the assistant promised."],
	["en", "We are responsible for the information our chatbot gives you, just as for any other page."],
	["en", "Information on prices is binding for 24 hours. The chatbot cannot conclude contracts."],
	["en", "We do not guarantee that the chat is available at all times."],
	["en", "Do not rely on the chatbot in an emergency. You are not obliged to give information in the chat."],
	["en", "You are responsible for keeping your password secret; the assistant will never ask for it."],
	["en", "We will never ask you for a binding signature in the chat."],
	["de", "Der Chatbot kann irren. Ihre Rechte und unsere Haftung für Auskünfte bleiben unberührt."],
	["de", "Die Antworten stellen keine Rechtsberatung dar. Verbindlich sind die Angaben in Ihrem Vertrag."],
	["de", "Für die Auskünfte unseres Chatbots stehen wir ein wie für jede andere Angabe."],
	["de", "Sie sind nicht verpflichtet, im Chat Angaben zu machen. Passwörter fragt der Assistent nie ab."],
	["de", "Wir haften für unsere Auskünfte. Eine Anmeldung ist nicht erforderlich."],
	["fr", "Le chatbot donne des informations générales et peut se tromper. Vos droits légaux ne sont pas affectés."],
	["fr", "Les réponses ne constituent pas un conseil juridique. Nous répondons des informations que nous donnons."],
	["fr", "Vous n'êtes pas obligé de donner vos informations. Nous garantissons leur confidentialité."],
	["fr", "Nous nous engageons à ne jamais vendre les informations que vous donnez dans ce chat."],
	["es", "El asistente ofrece información general y puede equivocarse. Sus derechos legales no se ven afectados."],
	["es", "Las respuestas no constituyen asesoramiento jurídico. Somos responsables de la información que damos."],
	["es", "Garantizamos que su información no se vende a terceros."],
	["it", "Il bot fornisce informazioni generali e può sbagliare. I suoi diritti di legge non sono limitati."],
	["it", "Garantiamo che le sue informazioni non vengano vendute a terzi."],
	["nl", "De chatbot geeft algemene informatie en kan zich vergissen. Uw wettelijke rechten blijven gelden."],
	["nl", "Wij garanderen dat uw informatie niet wordt verkocht."],
	["pl", "Chatbot udziela ogólnych informacji i może się mylić. Państwa prawa ustawowe pozostają nienaruszone."],
	["pl", "Gwarantujemy, że nie sprzedajemy Państwa informacji."],
	["pt", "O assistente dá informação geral e pode errar. Os seus direitos legais não são afetados."],
	["pt", "Garantimos que a sua informação não é vendida a terceiros."],
	["en", "The chatbot's information is not legal advice; only a lawyer can give you binding advice."],
	["en", "If the chatbot's answer is wrong, we are liable to you under the law, and nothing here says otherwise."],
	["en", "We guarantee that we never sell the information you give to the assistant."],
	["en", "Answers are for information. Prices are confirmed before any binding order, not in the chat."],
	["en", "A chat is not a binding order: you order in the basket. We stand by what the assistant tells you."],
	["en", "No response is required from you, and no obligation to buy arises from chatting."],
	["en", "You are under no obligation to answer the assistant's questions."],
	["en", "We take responsibility for what the assistant says and do not hide behind it."],
	["en", "The assistant does not say anything about your liability insurance; ask your broker."],
	["en", "Information about risks: investments can lose value, and past returns are no guarantee."],
	["de", "Der Chat ist keine verbindliche Bestellung. Für Auskünfte des Assistenten stehen wir ein."],
	["de", "Aus dem Chat entsteht keine Pflicht zum Kauf. Sie müssen keine Angaben machen."],
	["de", "Wir haften für falsche Antworten nach dem Gesetz; diese Hinweise ändern daran nichts."],
	["de", "Der Assistent gibt keine Auskunft zu Ihrer Haftpflichtversicherung."],
	["de", "Wir gewährleisten, dass Ihre Angaben nicht verkauft werden."],
	["fr", "Le chat ne vaut pas commande : votre achat ne vous engage qu'après confirmation dans le panier."],
	["fr", "Nous sommes responsables des réponses de l'assistant et n'y dérogeons pas."],
	["es", "El chat no es un pedido vinculante. Respondemos de lo que dice el asistente."],
	["es", "No está obligado a responder. Los datos no se venden."],
	["it", "La chat non è un ordine vincolante. Rispondiamo di ciò che dice l'assistente."],
	["nl", "De chat is geen bindende bestelling. Wij staan in voor wat de assistent zegt."],
	["pl", "Czat nie jest wiążącym zamówieniem. Odpowiadamy za to, co mówi asystent."],
	["pt", "O chat não é uma encomenda vinculativa. Somos responsáveis pelo que o assistente diz."],
]

# Notices that deny that answers count, in words that are near.
_denying := [
	["en", "We accept no liability for answers of the chatbot."],
	["en", "Nothing the chatbot says is binding on us."],
	["en", "We do not take responsibility for the chatbot's answers."],
	["en", "We are not liable for the chatbot's answers."],
	["en", "Chatbot answers do not bind us, and we assume no responsibility for them."],
	["de", "Wir haften nicht für Antworten des Chatbots."],
	["fr", "Nous ne sommes pas responsables des réponses du chatbot."],
	["es", "No somos responsables de las respuestas del chatbot."],
	["it", "Non siamo responsabili delle risposte del bot."],
	["nl", "Wij zijn niet aansprakelijk voor antwoorden van de chatbot."],
	["pt", "Não somos responsáveis pelas respostas do assistente."],
]

test_notices_that_stand_by_answers_or_deny_something_else_are_fair if {
	[text | some [tag, text] in _fair; _denies(tag, text)] == []
	[text | some [tag, text] in _denying; not _denies(tag, text)] == []
}
