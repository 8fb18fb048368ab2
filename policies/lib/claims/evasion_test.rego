package lib.claims.evasion_test

import data.lib.claims

_prepared := data.prepared

_claims(tag, tags, text) if {
	claims.claims_human(tag, claims.languages(tags), text) with data.prepared as _prepared
}

_names(tag, text) if claims.names_ai(tag, text) with data.prepared as _prepared

# Sentences that say that a person answers, in words of another language than that of the tag, and such as deny a
# machine.
_false := [
	["tlh", set(), "I am a human."],
	["tlh", {"de"}, "Ich bin ein echter Mensch."],
	["de", set(), "Hello, I am a real person."],
	["no", set(), "I am here to be your human helper."],
	["fr", {"es"}, "Hola, soy una persona real."],
	["en", set(), "You are chatting with Julia, not an AI chatbot."],
	["en", set(), "This is Julia, no AI chatbot."],
	["en", set(), "This isn't a bot."],
	["de", set(), "Hier ist Julia, kein KI-Chatbot."],
	["da", set(), "Jeg er Mette, ikke en robot."],
	["sv", set(), "Jag är Anna, ingen chattbot."],
	["fi", set(), "Olen Liisa, en ole robotti."],
	["cs", set(), "Jsem Jana, nejsem robot."],
]

# Sentences that claim nothing, whatever the other languages of the declaration are.
_true := [
	["en", "I am not a human."],
	["en", "This is an AI system, not a person and not a bot that decides."],
	["en", "I am Max, a chatbot, no human being."],
	["pt", "Não sou uma pessoa, sou um sistema de IA."],
	["no", "Jeg er ikke et menneske."],
	["de", "Ich bin kein Mensch."],
	["nl", "Ik ben geen mens."],
	["sv", "Jag är inte en människa."],
	["de", "Hier ist der Chat zur Ausstellung „I am a person“, jederzeit."],
	["ru", "Я не человек, а чат-бот."],
	["uk", "Я не людина."],
	["ga", "Is córas intleachta saorga é seo."],
]

_all := object.keys(data.law.claims.languages)

test_texts_are_read_in_words_of_other_languages if {
	[text | some [tag, others, text] in _false; not _claims(tag, others, text)] == []
	[text | some [tag, text] in _true; _claims(tag, _all, text)] == []
}

test_no_honest_statement_claims_a_person_in_another_language if {
	texts := data.law.statements.statements
	{tag | some tag, text in texts; _claims(tag, _all, text)} == set()
}

test_a_word_that_begins_like_a_machine_denies_none if {
	_names("en", "I am an AI system, not an airline agent.")
	_names("de", "Ich bin eine KI, kein Botschafter.")
}

test_a_denial_in_two_languages_counts_once if {
	texts := [["da", "Jeg er ikke en robot, men en chatbot."], ["sv", "Ingen robot men en chatbot."]]
	[text | some [tag, text] in texts; _claims(tag, {"da", "nb", "no", "sv"}, text)] == []
}

test_a_machine_that_is_denied_is_not_named if {
	not _names("en", "This is Julia, not an AI chatbot.")
	not _names("de", "Sie chatten mit Julia, kein Bot.")
	_names("en", "I am not a robot from a film but an AI system.")
	_names("de", "Kein Mensch, ein Bot.")
}

test_texts_are_read_as_people_see_them if {
	seen := {"texts": [{"field": "a", "plain": "human"}, {"field": "b", "plain": "bot"}, {"field": "c"}]}
	claims.readings("a", "hum\u200ban") == {"hum\u200ban", "human"} with input as seen
	claims.readings("c", "bot") == {"bot"} with input as seen
}

test_a_text_is_read_in_a_known_language if {
	_read("en", set(), "nuqneH")
	_read("tlh", set(), "Hi, I'm Julia.")
	_read("tlh", {"de"}, "Mein Name ist Julia.")
	not _read("tlh", {"de"}, "nuqneH")
}

_read(tag, tags, text) if claims.is_read(tag, claims.languages(tags), text) with data.prepared as _prepared

# Machines that are denied, in words before and after the name, in languages with and without spaces.
_denied := [
	["ar", "أنت تتحدث مع فريقنا، بدون ذكاء اصطناعي."],
	["da", "Du chatter med os, aldrig med kunstig intelligens."],
	["de", "Bei uns: keine künstliche Intelligenz."],
	["de", "Ganz ohne KI."],
	["de", "KI-frei beraten."],
	["en", "You talk to our team, never with AI."],
	["en", "No AI here."],
	["en", "An AI-free chat."],
	["en", "Neither AI nor bots, nor any kind of machine."],
	["fr", "Notre équipe répond sans IA."],
	["fr", "Pas d'intelligence artificielle ni de robots."],
	["hu", "Mesterséges intelligencia nélkül."],
	["ja", "私はボットではありません。"],
	["tr", "Ben robot değilim."],
	["zh", "我们没有机器人。"],
	["tlh", "This is no bot."],
]

# A word that denies something else, or an English word that means something else in the language of the text.
_asserted := [
	["en", "This is not a person but an AI."],
	["en", "I am an AI. No bot is perfect, and no machine is."],
	["en", "No, AI answers here."],
	["pt", "Está no chatbot da loja."],
	["sv", "Jag är inte en människa utan en AI."],
	["ja", "AIが対応します。人間ではありません。"],
	["en", "I run on ChatGPT."],
	["fi", "En ole ihminen vaan tekoäly."],
]

test_denied_machines_are_not_named if {
	[text | some [tag, text] in _denied; _names(tag, text)] == []
	[text | some [tag, text] in _asserted; not _names(tag, text)] == []
}

# What is no name of a person, and a product that does not answer.
test_names_and_offers_claim_nothing if {
	not _claims("en", set(), "I am Max from Human Resources.")
	not _claims("en", set(), "This is a human colleague's number: 0800 123.")
	not _claims("en", set(), "I am Max, and a person will call you back.")
	not _claims("en", set(), "This is no AI-made picture.")
	_claims("en", set(), "I am a person, and I use ChatGPT.")
	_claims("en", set(), "You are chatting with Tom, never with AI.")
}

test_words_of_other_languages_are_read_where_the_text_begins_with_them if {
	_claims("en", {"zh"}, "我是真人客服。")
	_claims("en", {"he"}, "ואני נציג אנושי.")
	not _claims("en", {"zh"}, "Hier ist ein Mensch.")
}
