package lib.claims.evasion_test

import data.lib.claims
import data.lib.fixture

_prepared := fixture.prepared([])

_claims(tag, others, text) if claims.claims_human(tag, others, text) with data.prepared as _prepared

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

_read(tag, others, text) if claims.is_read(tag, others, text) with data.prepared as _prepared
