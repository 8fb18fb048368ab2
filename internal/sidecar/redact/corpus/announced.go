package corpus

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// announced has, by language, what people call a password, a PIN, a one-time code, the security code of a card, and an account, and the
// sentences in which they name one. `{c}` stands for what they call it.
var announced = map[string]struct {
	password, pin, code, cvv, account string
	sentences                         []string
}{
	"en": {"password", "PIN", "verification code", "CVV", "account number", []string{"My {c} is {x}.", "{c}: {x}", "Hi, the {c} is {x}, please help"}},
	"de": {"Passwort", "PIN", "Bestätigungscode", "Kartenprüfnummer", "Kontonummer", []string{"Das {c} ist {x}.", "{c}: {x}", "Hallo, {c} lautet {x}, bitte helfen"}},
	"fr": {"mot de passe", "code PIN", "code de vérification", "cryptogramme", "numéro de compte", []string{"Mon {c} est {x}.", "{c} : {x}", "Voici le {c} {x} merci"}},
	"es": {"contraseña", "PIN", "código de verificación", "código de seguridad", "número de cuenta", []string{"Mi {c} es {x}.", "{c}: {x}"}},
	"it": {"password", "PIN", "codice di verifica", "codice di sicurezza", "numero di conto", []string{"Il mio {c} è {x}.", "{c}: {x}"}},
	"pt": {"senha", "PIN", "código de verificação", "código de segurança", "número da conta", []string{"A minha {c} é {x}.", "{c}: {x}"}},
	"nl": {"wachtwoord", "pincode", "verificatiecode", "beveiligingscode", "rekeningnummer", []string{"Mijn {c} is {x}.", "{c}: {x}"}},
	"pl": {"hasło", "PIN", "kod weryfikacyjny", "kod CVV", "numer konta", []string{"Moje {c} to {x}.", "{c}: {x}"}},
	"sv": {"lösenord", "pinkod", "engångskod", "säkerhetskod", "kontonummer", []string{"Mitt {c} är {x}.", "{c}: {x}"}},
	"da": {"adgangskode", "pinkode", "engangskode", "sikkerhedskode", "kontonummer", []string{"Min {c} er {x}.", "{c}: {x}"}},
	"nb": {"passord", "PIN-kode", "engangskode", "sikkerhetskode", "kontonummer", []string{"Mitt {c} er {x}.", "{c}: {x}"}},
	"fi": {"salasana", "PIN-koodi", "vahvistuskoodi", "turvakoodi", "tilinumero", []string{"Minun {c} on {x}.", "{c}: {x}"}},
	"is": {"lykilorð", "PIN", "staðfestingarkóði", "öryggiskóði", "reikningsnúmer", []string{"Mitt {c} er {x}.", "{c}: {x}"}},
	"cs": {"heslo", "PIN", "ověřovací kód", "bezpečnostní kód", "číslo účtu", []string{"Moje {c} je {x}.", "{c}: {x}"}},
	"tr": {"şifre", "PIN kodu", "doğrulama kodu", "güvenlik kodu", "hesap numarası", []string{"Benim {c} {x}.", "{c}: {x}"}},
	"ro": {"parola", "PIN", "codul de verificare", "codul de securitate", "numărul contului", []string{"Aici {c} este {x}.", "{c}: {x}"}},
	"hu": {"jelszó", "PIN kód", "ellenőrző kód", "biztonsági kód", "számlaszám", []string{"A {c} {x}.", "{c}: {x}"}},
	"hr": {"lozinka", "PIN", "kod za provjeru", "sigurnosni kod", "broj računa", []string{"Moja {c} je {x}.", "{c}: {x}"}},
	"bg": {"парола", "ПИН", "код за потвърждение", "код за сигурност", "номер на сметка", []string{"Моята {c} е {x}.", "{c}: {x}"}},
	"el": {"κωδικός πρόσβασης", "PIN", "κωδικός επαλήθευσης", "κωδικός ασφαλείας", "αριθμός λογαριασμού", []string{"Ο {c} μου είναι {x}.", "{c}: {x}"}},
	"ru": {"пароль", "ПИН-код", "код подтверждения", "код безопасности", "номер счёта", []string{"Мой {c} {x}.", "{c}: {x}", "{c} это {x}"}},
	"et": {"parool", "PIN", "kinnituskood", "turvakood", "kontonumber", []string{"Minu {c} on {x}.", "{c}: {x}"}},
	"ja": {"パスワード", "暗証番号", "認証コード", "セキュリティコード", "口座番号", []string{"私の{c}は{x}です。", "{c}：{x}"}},
	"ko": {"비밀번호", "핀번호", "인증번호", "보안 코드", "계좌번호", []string{"제 {c}는 {x}입니다.", "{c}: {x}"}},
	"he": {"סיסמה", "קוד סודי", "קוד אימות", "קוד אבטחה", "מספר חשבון", []string{"{c} שלי {x}, תודה", "{c}: {x}"}},
}

// writeAnnounced returns personal data of a kind that words announce or that a form tells, and the sentences for it.
func writeAnnounced(r *rand.Rand, language, kind string, neutral []string) (value string, sentences []string) {
	words := announced[language]
	var cue string
	switch kind {
	case "password":
		cue, value = words.password, writePassword(r)
	case "pin":
		cue, value = words.pin, digits(r, pickInt(r, 4, 4, 5, 6))
	case "one-time-code":
		cue, value = words.code, pick(r, digits(r, 6), digits(r, 6), digits(r, 3)+"-"+digits(r, 3), digits(r, 3)+" "+digits(r, 3), digits(r, 8))
	case "card-security-code":
		cue, value = words.cvv, digits(r, pickInt(r, 3, 3, 4))
	case "bank-account":
		cue, value = words.account, pick(r, digits(r, 8), digits(r, 10), digits(r, 4)+" "+digits(r, 6), digits(r, 6)+"-"+digits(r, 7))
	case "secret-key":
		return writeSecret(r), []string{neutral[r.IntN(len(neutral))], "API_KEY={x}", "Authorization: Bearer {x}"}
	case "precise-location":
		return fmt.Sprintf("%.*f,%s%.*f", 4+r.IntN(3), r.Float64()*160-80, pick(r, "", " "), 4+r.IntN(3), r.Float64()*340-170),
			[]string{neutral[r.IntN(len(neutral))], "GPS: {x}", "geo:{x}"}
	}
	for _, sentence := range words.sentences {
		sentences = append(sentences, strings.ReplaceAll(sentence, "{c}", cue))
	}
	return value, sentences
}

// writePassword returns a password as people choose or generate them.
func writePassword(r *rand.Rand) string {
	word := pick(r, "sunshine", "Dragon", "hunter", "Tr0ub4dor", "liverpool", "schatz", "Motdepasse", "qwerty")
	return pick(r, word+digits(r, 2)+pick(r, "!", "$", ""), word+"_"+digits(r, 4), "x"+fill(r, "@#$@@#%")+"kQ", digits(r, 8), word+"&"+digits(r, 1)+"#"+word)
}

// base62 are the characters of tokens.
const base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// writeSecret returns a key or token in the form of a service.
func writeSecret(r *rand.Rand) string {
	random := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(base62[r.IntN(len(base62))])
		}
		return b.String()
	}
	switch r.IntN(7) {
	case 0:
		return "AKIA" + strings.ToUpper(random(15)) + digits(r, 1)
	case 1:
		return "ghp_" + random(36)
	case 2:
		return "xoxb-" + digits(r, 12) + "-" + digits(r, 12) + "-" + random(24)
	case 3:
		return "AIza" + random(35)
	case 4:
		return "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOi" + random(24) + "." + random(43)
	case 5:
		return "sk_live_" + random(24)
	}
	return "sk-" + pick(r, "proj-", "", "ant-api03-") + random(40)
}

// announcedLookalikes have the words that announce personal data, or numbers in the form of coordinates, and announce none.
var announcedLookalikes = []lookalike{
	{"near-cue", func(r *rand.Rand) string {
		return pick(r, "password reset in "+digits(r, 2)+" minutes", "my password is not working since "+digits(r, 4), "the password must have "+digits(r, 2)+" characters", "password = os.Getenv(\"DB_PASSWORD_"+digits(r, 1)+"\")",
			"password: ********", "type Password struct { v"+digits(r, 1)+" string }", "pin "+digits(r, 2)+" of the connector", "the PIN has 4 digits", "promo code SAVE"+digits(r, 2),
			"verification code expired after "+digits(r, 2)+" s", "account since 20"+digits(r, 2), "error code "+digits(r, 4), "code "+digits(r, 5), "customer account number "+digits(r, 8), "CVV required", "sk-learn==1."+digits(r, 1)+".2",
			"postal code "+digits(r, 5), "password protected PDF "+digits(r, 3), "token count: "+digits(r, 4), "passwords.v"+digits(r, 1))
	}},
	{"vector", func(r *rand.Rand) string {
		return fmt.Sprintf("[%.5f, %.5f, %.5f, %.5f]", r.Float64(), r.Float64(), r.Float64()*2-1, r.Float64())
	}},
}
