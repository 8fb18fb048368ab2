package sidecarconfig_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func TestParseReadsAFileOfTheLargestSizeAndNoLarger(t *testing.T) {
	const largest = 1 << 20
	data, err := newValidConfig().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	pad := func(size int) []byte { return append(data, strings.Repeat(" ", size-len(data))...) }
	if _, err := sidecarconfig.Parse(pad(largest)); err != nil {
		t.Errorf("a file of %d bytes: %v", largest, err)
	}
	_, err = sidecarconfig.Parse(pad(largest + 1))
	if err == nil {
		t.Fatalf("Parse took a file of %d bytes", largest+1)
	}
	if diff := cmp.Diff("the file has 1048577 bytes; the maximum is 1048576", err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// TestValidateTakesTheBoundAndNothingBeyond sets one field to the last allowed value, and then to the first that is not.
func TestValidateTakesTheBoundAndNothingBeyond(t *testing.T) {
	type config = *sidecarconfig.Config
	letters := func(n int) string { return strings.Repeat("a", n) }
	url := func(n int) string { return "https://shop.example/" + letters(n-len("https://shop.example/")) }
	cases := map[string]struct {
		set           func(c config, n int)
		within, after int
		want          string
	}{
		"ports, most":  {setPorts, 10, 11, "ports has 11 entries, want up to 10"},
		"egress, most": {setEgress, 32, 33, "egress has 33 entries; the maximum is 32"},
		"statements, most": {
			setStatements, 64, 65, "disclose.statements has 65 entries, want 1 to 64",
		},
		"statement, longest": {
			func(c config, n int) { c.Disclose.Statements["en"] = letters(n) }, 2000, 2001,
			"disclose.statements.en has 2001 bytes; the maximum is 2000",
		},
		"statement, shortest": {
			func(c config, n int) { c.Disclose.Statements["en"] = letters(n) }, 1, 0, "disclose.statements.en is empty",
		},
		"consent, longest name": {
			func(c config, n int) { c.Consent = &sidecarconfig.Consent{Name: letters(n)} }, 1024, 1025, "consent.name has 1025 bytes; the maximum is 1024",
		},
		"consent, longest contact": {
			func(c config, n int) { c.Consent = &sidecarconfig.Consent{Contact: letters(n)} }, 1280, 1281, "consent.contact has 1281 bytes; the maximum is 1280",
		},
		"consent, longest purpose": {
			func(c config, n int) { c.Consent = &sidecarconfig.Consent{Purpose: letters(n)} }, 512, 513, "consent.purpose has 513 bytes; the maximum is 512",
		},
		"hours, most": {
			func(c config, n int) { c.Disclose.RepeatHours = n }, 8760, 8761, "disclose.repeatHours is 8761, want 0 to 8760",
		},
		"hours, least": {
			func(c config, n int) { c.Disclose.RepeatHours = n }, 0, -1, "disclose.repeatHours is -1, want 0 to 8760",
		},
		"wait, most": {
			func(c config, n int) { c.Handoff.MaxWaitSeconds = n }, 86400, 86401, "handoff.maxWaitSeconds is 86401, want 0 to 86400",
		},
		"wait, least": {
			func(c config, n int) { c.Handoff.MaxWaitSeconds = n }, 0, -1, "handoff.maxWaitSeconds is -1, want 0 to 86400",
		},
		"contact, longest": {
			func(c config, n int) { c.Handoff.Contact = letters(n) }, 256, 257, "handoff.contact has 257 bytes; the maximum is 256",
		},
		"mode, longest": {
			func(c config, n int) { c.Handoff.Mode = letters(n) }, 64, 65, `handoff.mode is "` + letters(65) + `"`,
		},
		"link, longest": {
			func(c config, n int) { c.Notice.TermsURL = url(n) }, 2048, 2049, "notice.termsURL is not an http or https URL",
		},
		"path, longest": {
			func(c config, n int) { c.Ports[0].Parameters = map[string]string{"path": "/" + letters(n-1)} }, 2048, 2049, "ports[0].parameters.path is ",
		},
		"port name, longest": {
			func(c config, n int) { c.Ports[0].Name = letters(n) }, 15, 16, `ports[0].name is "aaaaaaaaaaaaaaaa"`,
		},
		"secret, longest name": {
			func(c config, n int) { c.Ports[0].Signature = &sidecarconfig.Signature{Secret: letters(n) + "/key"} }, 253, 254, `ports[0].signature.secret is "`,
		},
		"secret, shortest key": {
			func(c config, n int) { c.Ports[0].Signature = &sidecarconfig.Signature{Secret: "name/" + letters(n)} }, 1, 0, `ports[0].signature.secret is "name/"`,
		},
		"public URL, longest": {
			func(c config, n int) {
				c.Ports[0].Signature = &sidecarconfig.Signature{Secret: "name/key", URL: url(n)}
			}, 2048, 2049,
			"ports[0].signature.url is not an http or https URL",
		},
		"public URL, slashes at its end": {
			func(c config, n int) {
				c.Ports[0].Signature = &sidecarconfig.Signature{Secret: "name/key", URL: "https://bot.example" + strings.Repeat("/", n)}
			}, 0, 1, `ports[0].signature.url is "https://bot.example/", want no slash at its end`,
		},
		"egress name, longest": {
			func(c config, n int) { c.Egress[0].Name = letters(n) }, 63, 64, `egress[0].name is "` + letters(64) + `"`,
		},
		"revision, longest": {
			func(c config, n int) { c.Revision = letters(n) }, 128, 129, `revision is "` + letters(129) + `"`,
		},
		"namespace, longest": {
			func(c config, n int) { c.Chatbot = letters(n) + "/support" }, 63, 64, `chatbot is "` + letters(64) + `/support"`,
		},
		"name, longest": {
			func(c config, n int) { c.Chatbot = "shop/" + letters(n) }, 253, 254, `chatbot is "shop/` + letters(254) + `"`,
		},
		"category, longest": {
			func(c config, n int) { c.Unredacted = []string{letters(n)} }, 64, 65, `unredacted[0] is "` + letters(65) + `"`,
		},
		"place, longest": {
			func(c config, n int) { c.RedactPlaces = []string{letters(n)} }, 63, 64, "redactPlaces[0] has 64 bytes; the maximum is 63",
		},
		"language, longest": {
			func(c config, n int) {
				c.RedactLanguages = []string{strings.Repeat("a-", (n-1)/2) + letters(1+(n-1)%2)}
			}, 35, 36,
			"redactLanguages[0] has 36 bytes; the maximum is 35",
		},
		"request, largest": {
			func(c config, n int) { c.Limits.RequestBytes = int64(n) }, 16 << 20, 16<<20 + 1, "limits.requestBytes is 16777217, want 1024 to 16777216",
		},
		"request, smallest": {
			func(c config, n int) { c.Limits.RequestBytes = int64(n) }, 1024, 1023, "limits.requestBytes is 1023, want 1024 to 16777216",
		},
		"response, largest": {
			func(c config, n int) { c.Limits.ResponseBytes = int64(n) }, 64 << 20, 64<<20 + 1, "limits.responseBytes is 67108865, want 1024 to 67108864",
		},
		"response, smallest": {
			func(c config, n int) { c.Limits.ResponseBytes = int64(n) }, 1024, 1023, "limits.responseBytes is 1023, want 1024 to 67108864",
		},
		"first byte, longest": {
			func(c config, n int) { c.Limits.FirstByteSeconds = n }, 900, 901, "limits.firstByteSeconds is 901, want 1 to 900",
		},
		"first byte, shortest": {
			func(c config, n int) { c.Limits.FirstByteSeconds = n }, 1, -1, "limits.firstByteSeconds is -1, want 1 to 900",
		},
		"idle, longest": {
			func(c config, n int) { c.Limits.IdleSeconds = n }, 900, 901, "limits.idleSeconds is 901, want 1 to 900",
		},
		"idle, shortest": {
			func(c config, n int) { c.Limits.IdleSeconds = n }, 1, -1, "limits.idleSeconds is -1, want 1 to 900",
		},
		"listen port, largest": {
			func(c config, n int) { c.Ports[0].Listen = fmt.Sprintf(":%d", n) }, 65535, 65536, `ports[0].listen is ":65536"`,
		},
		"listen port, smallest": {
			func(c config, n int) { c.Ports[0].Listen = fmt.Sprintf(":%d", n) }, 1, 0, `ports[0].listen is ":0"`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			within, after := newValidConfig(), newValidConfig()
			tc.set(&within, tc.within)
			if err := within.Validate(); err != nil {
				t.Errorf("at %d: %v", tc.within, err)
			}
			tc.set(&after, tc.after)
			if err := after.Validate(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("at %d: error %v, want it to contain %q", tc.after, err, tc.want)
			}
		})
	}
}

func setPorts(c *sidecarconfig.Config, n int) {
	port := c.Ports[0]
	c.Ports = nil
	for i := range n {
		port.Name, port.Listen = fmt.Sprintf("http-%d", i), fmt.Sprintf(":%d", 23100+i)
		c.Ports = append(c.Ports, port)
	}
}

func setEgress(c *sidecarconfig.Config, n int) {
	entry := c.Egress[0]
	c.Egress = nil
	for i := range n {
		entry.Name = fmt.Sprintf("model-%d", i)
		c.Egress = append(c.Egress, entry)
	}
}

// setStatements adds statements in private languages.
func setStatements(c *sidecarconfig.Config, n int) {
	for i := 0; len(c.Disclose.Statements) < n; i++ {
		c.Disclose.Statements[fmt.Sprintf("en-x-%d", i)] = "You are chatting with an AI system."
	}
}

func TestParseReportsEveryUnknownAndDuplicateField(t *testing.T) {
	_, err := sidecarconfig.Parse([]byte(`{"version":2,"version":2,"ports":[{"tls":true},{"name":"a","name":"b"}],"disclose":{"Marking":[]}}`))
	if err == nil {
		t.Fatal("Parse took it")
	}
	want := "duplicate field \"version\"\nunknown field \"ports[0].tls\"\nduplicate field \"ports[1].name\"\nunknown field \"disclose.Marking\""
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestMarshalSortsMarkings(t *testing.T) {
	turned := newValidConfig()
	turned.Disclose.Marking = []string{sidecarconfig.MarkVisible, sidecarconfig.MarkMachineReadable, sidecarconfig.MarkVisible}
	data, err := turned.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := sidecarconfig.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{sidecarconfig.MarkMachineReadable, sidecarconfig.MarkVisible}, got.Disclose.Marking); diff != "" {
		t.Errorf("markings (-want +got):\n%s", diff)
	}
}
