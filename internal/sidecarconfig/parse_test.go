package sidecarconfig_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/test/golden"
)

func newValidConfig() sidecarconfig.Config {
	return sidecarconfig.Config{
		Version:  sidecarconfig.Version,
		Chatbot:  "shop/support",
		Revision: "4f1d2c",
		Ports: []sidecarconfig.Port{{
			Name: "http", Shape: sidecarconfig.DefaultShape, Parameters: map[string]string{"path": "/v1/chat/completions"},
			Listen: ":23100", Upstream: "http://127.0.0.1:8080",
		}},
		Egress: []sidecarconfig.Egress{{
			Name: "model-vendor", Shape: sidecarconfig.DefaultShape,
			Upstream: "https://api.model.example",
		}},
		Disclose: &sidecarconfig.Disclose{
			Placements:      []string{sidecarconfig.PlaceFirstMessage, sidecarconfig.PlaceHeader},
			Statements:      map[string]string{"en": "You are chatting with an AI system.", "de": "Sie chatten mit einem KI-System."},
			DefaultLanguage: "en",
			RepeatHours:     3,
			Marking:         []string{sidecarconfig.MarkMachineReadable},
		},
		Redact:     sidecarconfig.Detectors(),
		Unredacted: []string{"health-record"},

		RedactPlaces: []string{"eu", "us-ca"}, RedactLanguages: []string{"de", "en-GB"},
		Contacts: []string{"privacy@shop.example"},
		Handoff:  &sidecarconfig.Handoff{URL: "https://desk.shop.example/handoff", Mode: "on-request", MaxWaitSeconds: 180, Contact: "desk"},
		Notice:   &sidecarconfig.Notice{PrivacyNoticeURL: "https://shop.example/privacy?v=2#top"},
		Limits:   sidecarconfig.Limits{RequestBytes: sidecarconfig.DefaultRequestBytes},
	}
}

func TestMarshalIsTheGoldenFile(t *testing.T) {
	got, err := newValidConfig().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	golden.CompareText(t, filepath.Join("testdata", "config.golden"), string(got))
}

func TestParseReadsWhatMarshalWrites(t *testing.T) {
	data, err := newValidConfig().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := sidecarconfig.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(newValidConfig(), got); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
}

func TestMarshalDoesNotDependOnTheOrderOfSets(t *testing.T) {
	turned := newValidConfig()
	turned.Redact = []string{"phone", "national-id", "email", "payment-card", "iban", "phone"}
	turned.RedactPlaces, turned.RedactLanguages = []string{"us-ca", "eu", "eu"}, []string{"en-GB", "de"}
	turned.Disclose.Placements = []string{sidecarconfig.PlaceHeader, sidecarconfig.PlaceFirstMessage}
	want, err := newValidConfig().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := turned.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("Marshal (-want +got):\n%s", diff)
	}
	if turned.Redact[0] != "phone" {
		t.Errorf("Marshal changed the caller's slice to %v", turned.Redact)
	}
}

func TestHashIsSixteenDigitsOfSHA256(t *testing.T) {
	if diff := cmp.Diff("e3b0c44298fc1c14", sidecarconfig.Hash(nil)); diff != "" {
		t.Errorf("Hash (-want +got):\n%s", diff)
	}
}

func TestHashCoversEverythingButTheRevision(t *testing.T) {
	hash := func(change func(*sidecarconfig.Config)) string {
		t.Helper()
		config := newValidConfig()
		change(&config)
		data, err := config.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return sidecarconfig.Hash(data)
	}
	before := hash(func(*sidecarconfig.Config) {})
	if after := hash(func(c *sidecarconfig.Config) { c.Revision = "other" }); after != before {
		t.Errorf("another revision: want the hash %s, got %s", before, after)
	}
	for name, change := range map[string]func(*sidecarconfig.Config){
		"suspended": func(c *sidecarconfig.Config) { c.Suspended = !c.Suspended },
		"mode":      func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModeObserve },
		"detectors": func(c *sidecarconfig.Config) { c.Redact = nil },
		"chatbot":   func(c *sidecarconfig.Config) { c.Chatbot = "shop/other" },
		"contacts":  func(c *sidecarconfig.Config) { c.Contacts = nil },
		"consent":   func(c *sidecarconfig.Config) { c.Consent = &sidecarconfig.Consent{} },
		"limits":    func(c *sidecarconfig.Config) { c.Limits.IdleSeconds = 7 },
	} {
		if hash(change) == before {
			t.Errorf("%s: the hash is that of the configuration before", name)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	data, err := newValidConfig().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	cases := map[string]struct {
		old, new string
		want     string
	}{
		"unknown field at the top":              {`"version": 3,`, `"version": 3, "verbose": true,`, `unknown field "verbose"`},
		"unknown field inside a port":           {`"name": "http",`, `"name": "http", "tls": true,`, `unknown field "ports[0].tls"`},
		"field in another spelling":             {`"chatbot":`, `"Chatbot":`, `unknown field "Chatbot"`},
		"field twice":                           {`"version": 3,`, `"version": 3, "version": 3,`, `duplicate field "version"`},
		"statement twice":                       {`"statements": {`, `"statements": {"en": "x",`, `duplicate field "disclose.statements.en"`},
		"data after the document":               {"\n}\n", "\n}\n{}", `not JSON at byte`},
		"document that ends early":              {"\n}\n", "", `unexpected end of JSON input`},
		"value of the wrong type":               {`"version": 3`, `"version": "3"`, `version is a JSON string; it must be of type int`},
		"object where a word belongs":           {`"chatbot": "shop/support"`, `"chatbot": {}`, `chatbot is a JSON object; it must be of type string`},
		"array where a word belongs":            {`"chatbot": "shop/support"`, `"chatbot": [[[]]]`, `chatbot is a JSON array; it must be of type string`},
		"other version":                         {`"version": 3`, `"version": 2`, `version is 2; this build reads 3`},
		"unknown detector":                      {`"email"`, `"e-mail"`, `redact[0] is "e-mail", want one of email, iban, national-id, payment-card, phone`},
		"detector given twice":                  {`"iban"`, `"email"`, `redact[1] is "email", which another entry already has`},
		"no name of a shape":                    {`"shape": "openai-chat"`, `"shape": "Chat!"`, `ports[0].shape is "Chat!", want lower-case letters`},
		"listen address without a port":         {`":23100"`, `"23100"`, `ports[0].listen is "23100", want :port or ip:port`},
		"listen port zero":                      {`":23100"`, `":0"`, `ports[0].listen is ":0"`},
		"listen port too large":                 {`":23100"`, `":70000"`, `ports[0].listen is ":70000"`},
		"listen address with a host name":       {`":23100"`, `"shop.example:80"`, `ports[0].listen is "shop.example:80"`},
		"upstream outside the pod":              {`"http://127.0.0.1:8080"`, `"http://10.0.0.7:8080"`, `ports[0].upstream is "http://10.0.0.7:8080", want http://127.0.0.1:port`},
		"upstream that is not a URL":            {`"http://127.0.0.1:8080"`, `"127.0.0.1:8080"`, `ports[0].upstream is not an http or https URL`},
		"path with an escape":                   {`"/v1/chat/completions"`, `"/v1/%63hat"`, `ports[0].parameters.path is "/v1/%63hat", want a plain path`},
		"path that climbs":                      {`"/v1/chat/completions"`, `"/v1/../chat"`, `ports[0].parameters.path is "/v1/../chat"`},
		"egress with a user in the URL":         {`"https://api.model.example"`, `"https://me:pw@api.model.example"`, `egress[0].upstream is not an http or https URL`},
		"unknown placement":                     {`"header"`, `"footer"`, `disclose.placements[1] is "footer", want one of before-first-message`},
		"default language without statement":    {`"defaultLanguage": "en"`, `"defaultLanguage": "fr"`, `disclose.defaultLanguage is "fr", which has no statement`},
		"statement with a line feed":            {`with an AI`, `with\nan AI`, `disclose.statements.en contains control characters`},
		"statement in no language":              {`"de":`, `"d_":`, `disclose.statements.d_ is not a language tag`},
		"hours below zero":                      {`"repeatHours": 3`, `"repeatHours": -1`, `disclose.repeatHours is -1, want 0 to 8760`},
		"unknown marking":                       {`"machine-readable"`, `"watermark"`, `disclose.marking[0] is "watermark"`},
		"empty contact":                         {`"privacy@shop.example"`, `""`, `contacts[0] is empty`},
		"contact of two lines":                  {`"privacy@shop.example"`, `"privacy@\nshop.example"`, `contacts[0] contains control characters`},
		"many contacts":                         {`"privacy@shop.example"`, strings.Repeat(`"a",`, 80) + `"a"`, `contacts has 81 entries, want at most 80`},
		"link that would break out of a header": {`https://desk.shop.example/handoff`, `https://desk.shop.example/>;x`, `handoff.url is not an http or https URL`},
		"request limit below a kibibyte":        {`"requestBytes": 1048576`, `"requestBytes": 10`, `limits.requestBytes is 10, want 1024 to 16777216`},
		"chatbot without a namespace":           {`"shop/support"`, `"support"`, `chatbot is "support", want namespace/name`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, tc.old, tc.new, 1)
			if text == good {
				t.Fatalf("%q does not stand in the file", tc.old)
			}
			_, err := sidecarconfig.Parse([]byte(text))
			if err == nil {
				t.Fatalf("Parse took it, want an error with %q", tc.want)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %q, want it to hold %q", err, tc.want)
			}
		})
	}
}

func TestParseReportsEveryBrokenBound(t *testing.T) {
	_, err := sidecarconfig.Parse([]byte(`{"version":3,"chatbot":"a/b","revision":"r","ports":[],"redact":["x","y"]}`))
	want := "ports is empty, and so is egress\n" +
		"redact[0] is \"x\", want one of email, iban, national-id, payment-card, phone\n" +
		"redact[1] is \"y\", want one of email, iban, national-id, payment-card, phone"
	if err == nil {
		t.Fatal("Parse took it")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestMarshalRefusesWhatParseWouldRefuse(t *testing.T) {
	broken := newValidConfig()
	broken.Ports[0].Listen = "nowhere"
	if _, err := broken.Marshal(); err == nil {
		t.Error("Marshal wrote a configuration that cannot be read")
	}
}

func TestLimitsOrDefaults(t *testing.T) {
	want := sidecarconfig.Limits{RequestBytes: 2048, ResponseBytes: 4 << 20, FirstByteSeconds: 120, IdleSeconds: 60}
	if diff := cmp.Diff(want, sidecarconfig.Limits{RequestBytes: 2048}.OrDefaults()); diff != "" {
		t.Errorf("OrDefaults (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	data, err := newValidConfig().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"version":2,"ports":[{"listen":":1"}]}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := sidecarconfig.Parse(data)
		if err != nil {
			return
		}
		first, err := c.Marshal()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := sidecarconfig.Parse(first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		second, err := again.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(first), string(second)); diff != "" {
			t.Errorf("canonical form is not stable:\n%s", diff)
		}
	})
}

// TestParseRefusesDeepDocuments: Marshal, which indents a document, takes time with the square of its depth.
func TestParseRefusesDeepDocuments(t *testing.T) {
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	_, err := sidecarconfig.Parse([]byte(`{"version":3,"chatbot":"a/b","revision":"r","ports":[{"name":"http","shape":"inline.http","listen":":1","document":` + deep + `}]}`))
	if want := "ports[0].document more than 32 objects and lists contain each other"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want one with %q", err, want)
	}
}
