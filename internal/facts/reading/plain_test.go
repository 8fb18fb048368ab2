package reading

import "testing"

func TestPlain(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                                   {"", ""},
		"as people see it":                          {"I am an AI system. Ask!", "I am an AI system. Ask!"},
		"invisible characters":                      {"hu\u200bm\u00adan\ufeff\ufe0f", "human"},
		"forms of letters":                          {"ｈｕｍａｎ 𝐡𝐮𝐦𝐚𝐧 ﬁ", "human human fi"},
		"Cyrillic letters in English":               {"I аm а һumаn", "I am a human"},
		"Greek letters in English":                  {"Ι am a ροrsοn", "I am a porson"},
		"small capitals in English":                 {"I am a ʜᴜᴍᴀɴ", "I am a human"},
		"Latin letters in Russian":                  {"Я живoй чeловек", "Я живой человек"},
		"Latin letters in Greek":                    {"Είμαι άνθρωπoς", "Είμαι άνθρωπος"},
		"an abbreviation in Russian":                {"Я система ИИ", "Я система ИИ"},
		"letters with marks":                        {"Künstliche Intelligenz, déjà, ñ", "Künstliche Intelligenz, déjà, ñ"},
		"scripts that look like no other":           {"您正在与AI助手对话", "您正在与AI助手对话"},
		"an apostrophe and dashes are left as such": {"I’m – no", "I’m – no"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Plain(test.text); got != test.want {
				t.Errorf("Plain(%q) = %q, want %q", test.text, got, test.want)
			}
		})
	}
}
