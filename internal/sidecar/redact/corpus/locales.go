package corpus

// locale is a language and a country.
type locale struct {
	// tag is the language and the country (BCP 47).
	tag string
	// ids are the identifiers of people there.
	ids []id
	// phones are patterns of telephone numbers, as fill reads them.
	phones []string
}

// id is an identifier and what people call it.
type id struct{ name, cue string }

var locales = []locale{
	{"en-US", []id{{"us-ssn", "my SSN"}, {"us-itin", "ITIN"}, {"us-ssn", "social security number"}}, []string{"(212) N##-####", "415-N##-####", "+1 312 N## ####", "617.N##.####", "1-303-N##-####"}},
	{"en-GB", []id{{"gb-nino", "NI number"}, {"gb-nhs", "NHS number"}, {"gb-nino", "national insurance number"}}, []string{"07911 ######", "+44 7911 ######", "020 7946 ####", "07700900###", "0161 496 ####"}},
	{"en-CA", []id{{"ca-sin", "SIN"}, {"ca-sin", "social insurance number"}}, []string{"(416) N##-####", "514-N##-####", "+1 604 N## ####"}},
	{"en-AU", []id{{"au-tfn", "TFN"}, {"au-medicare", "Medicare"}, {"au-tfn", "tax file number"}}, []string{"0412 ### ###", "+61 412 ### ###", "(02) 9### ####", "0412######"}},
	{"en-IN", []id{{"in-aadhaar", "Aadhaar"}, {"in-pan", "PAN"}}, []string{"+91 98### #####", "98### #####", "098#########"[:11], "98###-#####"}},
	{"en-IE", []id{{"ie-pps", "PPS number"}, {"ie-pps", "PPSN"}}, []string{"087 #######", "+353 87 ### ####", "01 6## ####"}},
	{"de-DE", []id{{"de-steuer-id", "Steuer-ID"}, {"de-rvnr", "Rentenversicherungsnummer"}, {"de-steuer-id", "IdNr."}}, []string{"0151 ########", "+49 171 #######", "0176/########", "030 ######"[:9] + "##", "0049 160 #######", "015112######"}},
	{"de-AT", []id{{"at-svnr", "SV-Nummer"}, {"at-svnr", "Sozialversicherungsnummer"}}, []string{"0664 #######", "+43 664 #######", "01 5######"}},
	{"de-CH", []id{{"ch-ahv", "AHV-Nummer"}}, []string{"079 ### ## ##", "+41 79 ### ## ##", "044 4## ## ##"}},
	{"fr-FR", []id{{"fr-nir", "numéro de sécurité sociale"}, {"fr-spi", "numéro fiscal"}}, []string{"06 ## ## ## ##", "+33 6 ## ## ## ##", "0612######", "01.4#.##.##.##"}},
	{"fr-BE", []id{{"be-nrn", "NISS"}, {"be-nrn", "registre national"}}, []string{"0470 ## ## ##", "+32 470 ## ## ##", "0470######"}},
	{"es-ES", []id{{"es-dni", "DNI"}, {"es-nie", "NIE"}, {"es-nuss", "seguridad social"}}, []string{"612 ### ###", "+34 612 ## ## ##", "6## ## ## ##"[:1] + "12 ## ## ##", "91 4## ## ##"}},
	{"es-MX", []id{{"mx-curp", "CURP"}}, []string{"55 1### ####", "+52 55 1### ####", "81 8### ####"}},
	{"it-IT", []id{{"it-codice-fiscale", "codice fiscale"}, {"it-codice-fiscale", "CF"}}, []string{"347 ### ####", "+39 347 #######", "06 6### ####", "347 #######"}},
	{"pt-PT", []id{{"pt-nif", "NIF"}, {"pt-niss", "NISS"}}, []string{"912 ### ###", "+351 912 ### ###", "21 3## ## ##"}},
	{"pt-BR", []id{{"br-cpf", "CPF"}}, []string{"(11) 9####-####", "+55 11 9####-####", "21 9#### ####"}},
	{"nl-NL", []id{{"nl-bsn", "BSN"}, {"nl-bsn", "burgerservicenummer"}}, []string{"06 ########", "+31 6 ########", "06-########", "020 6## ####"}},
	{"pl-PL", []id{{"pl-pesel", "PESEL"}, {"pl-nip", "NIP"}}, []string{"512 ### ###", "+48 512 ### ###", "22 6## ## ##"}},
	{"sv-SE", []id{{"se-personnummer", "personnummer"}}, []string{"070-### ## ##", "+46 70 ### ## ##", "0701######", "08-5## ### ##"}},
	{"da-DK", []id{{"dk-cpr", "CPR-nummer"}}, []string{"20 ## ## ##", "+45 20 ## ## ##", "+4520######"}},
	{"nb-NO", []id{{"no-fodselsnummer", "fødselsnummer"}}, []string{"412 ## ###", "+47 412 ## ###", "22 4# ## ##"}},
	{"fi-FI", []id{{"fi-hetu", "henkilötunnus"}, {"fi-hetu", "hetu"}}, []string{"040 #######", "+358 40 #######", "050 ### ####"}},
	{"is-IS", []id{{"is-kennitala", "kennitala"}}, []string{"+354 6## ####", "+354 8######"}},
	{"cs-CZ", []id{{"cz-rc", "rodné číslo"}, {"cz-rc", "RČ"}}, []string{"601 ### ###", "+420 601 ### ###", "+420777######"}},
	{"tr-TR", []id{{"tr-tckn", "TC kimlik no"}}, []string{"0532 ### ## ##", "+90 532 ### ## ##", "(0212) 2## ## ##"}},
	{"ro-RO", []id{{"ro-cnp", "CNP"}}, []string{"0722 ### ###", "+40 722 ### ###", "0722######"}},
	{"hu-HU", []id{{"hu-taj", "TAJ szám"}, {"hu-adoazonosito", "adóazonosító jel"}}, []string{"+36 20 ### ####", "06 20 ### ####", "06-30-###-####"}},
	{"hr-HR", []id{{"hr-oib", "OIB"}}, []string{"091 ### ####", "+385 91 ### ####"}},
	{"bg-BG", []id{{"bg-egn", "ЕГН"}}, []string{"088# ### ###", "+359 88# ### ###"}},
	{"el-GR", []id{{"gr-afm", "ΑΦΜ"}, {"gr-amka", "ΑΜΚΑ"}}, []string{"694 ### ####", "+30 694 ### ####"}},
	{"ru-RU", []id{{"ru-snils", "СНИЛС"}, {"ru-inn", "ИНН"}}, []string{"+7 912 ###-##-##", "8 912 ###-##-##", "8 (495) 7##-##-##"}},
	{"et-EE", []id{{"ee-isikukood", "isikukood"}}, []string{"+372 5### ####", "+372 6## ####"}},
	{"ja-JP", []id{{"jp-my-number", "マイナンバー"}}, []string{"090-####-####", "+81 90 #### ####", "03-3###-####"}},
	{"ko-KR", []id{{"kr-rrn", "주민등록번호"}}, []string{"010-N###-####", "+82 10 N### ####"}},
	{"he-IL", []id{{"il-teudat-zehut", "תעודת זהות"}}, []string{"052-#######", "+972 52 #######"}},
}

// language has the sentences of a language, by kind. `{x}` stands for the personal data, and `{cue}` for what people call it.
type language struct {
	sentences map[string][]string
	// neutral are the sentences for look-alikes.
	neutral []string
}

// say returns the sentences for the kinds: address, telephone, card, account, identifier, and the neutral ones.
func say(email, phone, card, iban, id, neutral []string) *language {
	return &language{sentences: map[string][]string{"email": email, "phone": phone, "payment-card": card, "iban": iban, "national-id": id}, neutral: neutral}
}

var languages = map[string]*language{
	"en": say([]string{"Please write to {x} today.", "My address is {x}", "Hi, I'm Ada ({x}) and I need help."},
		[]string{"You can call me on {x} after six.", "My phone number is {x}.", "{x} is where you reach me"},
		[]string{"I paid with {x} last week.", "Card number: {x}, thanks", "The card {x} was declined."},
		[]string{"Please refund to {x}.", "IBAN: {x}"}, []string{"{x} is my {cue}.", "For the form: {cue} is {x}, ok?"},
		[]string{"Look at {x} please.", "It says {x}", "What does {x} mean?"}),
	"de": say([]string{"Bitte schreiben Sie an {x}.", "Meine Adresse lautet {x}", "Ich bin Ada ({x}) und brauche Hilfe."},
		[]string{"Sie erreichen mich unter {x} ab 18 Uhr.", "Meine Telefonnummer ist {x}.", "Rufen Sie {x} an"},
		[]string{"Ich habe mit {x} bezahlt.", "Kartennummer: {x}", "Die Karte {x} wurde abgelehnt."},
		[]string{"Bitte überweisen Sie auf {x}.", "IBAN {x}"}, []string{"{x} ist meine {cue}.", "Für das Formular: {cue} lautet {x}, ja?"},
		[]string{"Bitte prüfen Sie {x}.", "Da steht {x}", "Was heißt {x} genau?"}),
	"fr": say([]string{"Écrivez à {x} s'il vous plaît.", "Mon adresse est {x}"}, []string{"Appelez-moi au {x} ce soir.", "Mon téléphone : {x}", "Je suis joignable au {x}."},
		[]string{"J'ai payé avec {x} hier.", "Numéro de carte : {x}"}, []string{"Remboursez sur {x} svp.", "IBAN : {x}"},
		[]string{"{x} est mon {cue}.", "Voici mon {cue} : {x}"}, []string{"Regardez {x} svp.", "Il est écrit {x}"}),
	"es": say([]string{"Escríbame a {x} por favor.", "Mi correo es {x}"}, []string{"Llámeme al {x} por la tarde.", "Mi teléfono es {x}."},
		[]string{"Pagué con {x} ayer.", "Tarjeta: {x}"}, []string{"Devuelva el dinero a {x}.", "IBAN: {x}"}, []string{"{x} es mi {cue}.", "Mi {cue} es {x}, gracias"},
		[]string{"Mire {x} por favor.", "Pone {x}"}),
	"it": say([]string{"Scrivetemi a {x} per favore.", "La mia email è {x}"}, []string{"Chiamatemi al {x} stasera.", "Il mio telefono è {x}."},
		[]string{"Ho pagato con {x} ieri.", "Carta: {x}"}, []string{"Rimborsate su {x}.", "IBAN: {x}"}, []string{"{x} è il mio {cue}.", "Il mio {cue} è {x}, grazie"},
		[]string{"Guardate {x} per favore.", "C'è scritto {x}"}),
	"pt": say([]string{"Escreva para {x} por favor.", "O meu email é {x}"}, []string{"Ligue para {x} à tarde.", "O meu telefone é {x}."},
		[]string{"Paguei com {x} ontem.", "Cartão: {x}"}, []string{"Devolva para {x}.", "IBAN: {x}"}, []string{"{x} é o meu {cue}.", "O meu {cue} é {x}, obrigado"},
		[]string{"Veja {x} por favor.", "Está escrito {x}"}),
	"nl": say([]string{"Schrijf naar {x} alstublieft.", "Mijn e-mail is {x}"}, []string{"Bel me op {x} vanavond.", "Mijn nummer is {x}."},
		[]string{"Ik heb betaald met {x}.", "Kaart: {x}"}, []string{"Stort het op {x} graag.", "IBAN: {x}"}, []string{"{x} is mijn {cue}.", "Mijn {cue} is {x}, dank u"},
		[]string{"Kijk naar {x} graag.", "Er staat {x}"}),
	"pl": say([]string{"Proszę pisać na {x} dzisiaj.", "Moja poczta to {x}"}, []string{"Proszę zadzwonić pod {x} wieczorem.", "Mój telefon to {x}."},
		[]string{"Zapłaciłem kartą {x} wczoraj.", "Karta: {x}"}, []string{"Proszę o zwrot na {x}.", "IBAN: {x}"}, []string{"{x} to mój {cue}.", "Mój {cue} to {x}, dziękuję"},
		[]string{"Proszę sprawdzić {x}.", "Jest napisane {x}"}),
	"sv": say([]string{"Skriv till {x} tack.", "Min e-post är {x}"}, []string{"Ring mig på {x} i kväll.", "Mitt nummer är {x}."}, []string{"Jag betalade med {x} i går.", "Kort: {x}"},
		[]string{"Betala till {x} tack.", "IBAN: {x}"}, []string{"{x} är mitt {cue}.", "Mitt {cue} är {x}, tack"}, []string{"Titta på {x} tack.", "Det står {x}"}),
	"da": say([]string{"Skriv til {x} tak.", "Min adresse er {x}"}, []string{"Ring til mig på {x} i aften.", "Mit nummer er {x}."}, []string{"Jeg betalte med {x} i går.", "Kort: {x}"},
		[]string{"Betal til {x} tak.", "IBAN: {x}"}, []string{"{x} er mit {cue}.", "Mit {cue} er {x}, tak"}, []string{"Se på {x} tak.", "Der står {x}"}),
	"nb": say([]string{"Skriv til {x} takk.", "Min adresse er {x}"}, []string{"Ring meg på {x} i kveld.", "Mitt nummer er {x}."}, []string{"Jeg betalte med {x} i går.", "Kort: {x}"},
		[]string{"Betal til {x} takk.", "IBAN: {x}"}, []string{"{x} er mitt {cue}.", "Mitt {cue} er {x}, takk"}, []string{"Se på {x} takk.", "Det står {x}"}),
	"fi": say([]string{"Kirjoita osoitteeseen {x} kiitos.", "Osoitteeni on {x}"}, []string{"Soita minulle {x} illalla.", "Numeroni on {x}."}, []string{"Maksoin kortilla {x} eilen.", "Kortti: {x}"},
		[]string{"Palauta tilille {x} kiitos.", "IBAN: {x}"}, []string{"{x} on minun {cue}.", "Minun {cue} on {x}, kiitos"}, []string{"Katso {x} kiitos.", "Siinä lukee {x}"}),
	"is": say([]string{"Skrifaðu á {x} takk.", "Netfangið mitt er {x}"}, []string{"Hringdu í {x} í kvöld.", "Síminn er {x}."}, []string{"Ég borgaði með {x} í gær.", "Kort: {x}"},
		[]string{"Greiddu á {x} takk.", "IBAN: {x}"}, []string{"{x} er mín {cue}.", "Mín {cue} er {x}, takk"}, []string{"Skoðaðu {x} takk.", "Þar stendur {x}"}),
	"cs": say([]string{"Pište na {x} prosím.", "Moje adresa je {x}"}, []string{"Zavolejte mi na {x} večer.", "Moje číslo je {x}."}, []string{"Platil jsem kartou {x} včera.", "Karta: {x}"},
		[]string{"Vraťte peníze na {x} prosím.", "IBAN: {x}"}, []string{"{x} je moje {cue}.", "Moje {cue} je {x}, díky"}, []string{"Podívejte se na {x} prosím.", "Je tam {x}"}),
	"tr": say([]string{"Lütfen {x} adresine yazın.", "Adresim {x}"}, []string{"Beni {x} numarasından arayın.", "Telefonum {x}."}, []string{"Dün {x} ile ödedim.", "Kart: {x}"},
		[]string{"Parayı {x} hesabına gönderin.", "IBAN: {x}"}, []string{"Benim {cue} {x}, teşekkürler"}, []string{"Lütfen {x} bakın.", "Orada {x} yazıyor"}),
	"ro": say([]string{"Scrieți la {x} vă rog.", "Adresa mea este {x}"}, []string{"Sunați la {x} diseară.", "Numărul meu este {x}."}, []string{"Am plătit cu {x} ieri.", "Card: {x}"},
		[]string{"Returnați în {x} vă rog.", "IBAN: {x}"}, []string{"{x} este {cue} al meu.", "{cue} meu este {x}, mulțumesc"}, []string{"Vedeți {x} vă rog.", "Scrie {x}"}),
	"hu": say([]string{"Írjon ide: {x} kérem.", "A címem {x}"}, []string{"Hívjon a {x} számon.", "A számom {x}."}, []string{"A {x} kártyával fizettem.", "Kártya: {x}"},
		[]string{"Utalja ide: {x} kérem.", "IBAN: {x}"}, []string{"{x} az én {cue}.", "A {cue}: {x}, köszönöm"}, []string{"Nézze meg: {x} kérem.", "Ez áll ott: {x}"}),
	"hr": say([]string{"Pišite na {x} molim.", "Moja adresa je {x}"}, []string{"Nazovite me na {x} večeras.", "Moj broj je {x}."}, []string{"Platio sam s {x} jučer.", "Kartica: {x}"},
		[]string{"Vratite na {x} molim.", "IBAN: {x}"}, []string{"{x} je moj {cue}.", "Moj {cue} je {x}, hvala"}, []string{"Pogledajte {x} molim.", "Piše {x}"}),
	"bg": say([]string{"Пишете на {x} моля.", "Адресът ми е {x}"}, []string{"Обадете се на {x} довечера.", "Номерът ми е {x}."}, []string{"Платих с {x} вчера.", "Карта: {x}"},
		[]string{"Върнете на {x} моля.", "IBAN: {x}"}, []string{"{x} е моето {cue}.", "Моето {cue} е {x}, благодаря"}, []string{"Вижте {x} моля.", "Пише {x}"}),
	"el": say([]string{"Γράψτε στο {x} παρακαλώ.", "Η διεύθυνσή μου είναι {x}"}, []string{"Πάρτε με στο {x} απόψε.", "Το τηλέφωνό μου είναι {x}."}, []string{"Πλήρωσα με {x} χθες.", "Κάρτα: {x}"},
		[]string{"Επιστροφή στο {x} παρακαλώ.", "IBAN: {x}"}, []string{"{x} είναι το {cue} μου.", "Το {cue} μου είναι {x}"}, []string{"Δείτε {x} παρακαλώ.", "Γράφει {x}"}),
	"ru": say([]string{"Пишите на {x} пожалуйста.", "Мой адрес {x}"}, []string{"Позвоните мне по {x} вечером.", "Мой телефон {x}."}, []string{"Я платил картой {x} вчера.", "Карта: {x}"},
		[]string{"Верните на {x} пожалуйста.", "IBAN: {x}"}, []string{"{x} это мой {cue}.", "Мой {cue} {x}, спасибо"}, []string{"Посмотрите {x} пожалуйста.", "Там написано {x}"}),
	"et": say([]string{"Kirjutage aadressil {x} palun.", "Minu aadress on {x}"}, []string{"Helistage {x} õhtul.", "Minu number on {x}."}, []string{"Maksin kaardiga {x} eile.", "Kaart: {x}"},
		[]string{"Tagastage kontole {x} palun.", "IBAN: {x}"}, []string{"{x} on minu {cue}.", "Minu {cue} on {x}, aitäh"}, []string{"Vaadake {x} palun.", "Seal on {x}"}),
	"ja": say([]string{"{x}までご連絡ください。", "メールアドレスは{x}です"}, []string{"電話は{x}です。", "{x}に電話してください"}, []string{"カード番号は{x}です。", "昨日{x}で支払いました"},
		[]string{"{x} に返金してください。", "IBAN: {x}"}, []string{"私の{cue}は{x}です。", "{cue}：{x}"}, []string{"{x} を見てください。", "ここに {x} とあります"}),
	"ko": say([]string{"{x}로 연락해 주세요.", "제 이메일은 {x}입니다"}, []string{"제 전화번호는 {x}입니다.", "{x}로 전화해 주세요"}, []string{"어제 {x}로 결제했어요.", "카드 번호: {x}"},
		[]string{"{x} 계좌로 환불해 주세요.", "IBAN: {x}"}, []string{"제 {cue}는 {x}입니다.", "{cue}: {x}"}, []string{"{x} 확인해 주세요.", "여기 {x} 있어요"}),
	"he": say([]string{"כתבו אל {x} בבקשה.", "הכתובת שלי {x}"}, []string{"התקשרו אליי {x} בערב.", "הטלפון שלי {x}."}, []string{"שילמתי עם {x} אתמול.", "כרטיס: {x}"},
		[]string{"החזירו ל {x} בבקשה.", "IBAN: {x}"}, []string{"{cue} שלי {x}, תודה", "{cue} {x}"}, []string{"ראו {x} בבקשה.", "כתוב {x}"}),
}
