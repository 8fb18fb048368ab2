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
		"a dotless i in Turkish":                    {"Ben mağazanın çalışanıyım, Dr. Ali", "Ben mağazanın çalışanıyım, Dr Ali"},
		"a dotless i in English":                    {"I am a rıng", "I am a ring"},
		"Armenian with English words":               {"Ես մարդ եմ, ոչ ChatGPT", "Ես մարդ եմ, ոչ ChatGPT"},
		"letters with marks":                        {"Künstliche Intelligenz, déjà, ñ", "Künstliche Intelligenz, déjà, ñ"},
		"scripts that look like no other":           {"您正在与AI助手对话", "您正在与AI助手对话"},
		"English words in Russian":                  {"Здравствуйте, я ваш помощник. I am a humаn, AI", "Здравствуйте, я ваш помощник. I am a human, AI"},
		"letters in circles, squares and brackets":  {"Ⓗⓤ🅜🄰🅽 🇭⒰🄜ⓐⓝ", "Human human"},
		"Cherokee, Lisu and other letters":          {"I am a ᎻuᎷaꓠ, a ᕼᑌᗰᗩᑎ and a հսmaո", "I am a HuMaN, a HUMAN and a human"},
		"marks that only decorate":                  {"h\u0336u\u0336m\u0336a\u0336n\u20dd", "human"},
		"an empty Braille pattern":                  {"a\u2800human", "a human"},
		"letters that stand apart":                  {"I am a h u m a n here", "I am ahuman human here"},
		"letters with marks between them":           {"real h-u-m-a-n, h.u.m.a.n", "real human uman, human uman"},
		"words of one letter":                       {"An A I. I, a bot", "An A I. I, a bot"},
		"lines":                                     {"our specialists\n are\r\n\nreal\u00a0people", "our specialists are real people"},
		"abbreviations":                             {"Dr. Li, e.g., is z. B. A.I. at a.example for 3.50", "Dr Li, eg, is zB AI at a example for 3 50"},
		"ends of sentences":                         {"I am an AI. Ask a person. OK", "I am an AI. Ask a person. OK"},
		"an apostrophe and dashes are left as such": {"I’m – no", "I’m – no"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Plain(test.text); got != test.want {
				t.Errorf("Plain(%q) = %q, want %q", test.text, got, test.want)
			}
		})
	}
}
