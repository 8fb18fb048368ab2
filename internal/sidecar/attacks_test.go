package sidecar_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updatePage = flag.Bool("update-attacks", false, "write docs/chat-attacks.md")

// attack is a row of docs/chat-attacks.md.
type attack struct {
	id, what, expected string
	// tests are the tests that try it: `TestName folder`, with the folder below internal/sidecar, or `TestName` for this package.
	tests []string
	// left is what is not held or not tried; "" if nothing.
	left string
}

var attacks = []attack{
	{"S-14", "other spellings of a path: escapes, dots, doubled slashes, semicolons, absolute URLs, `OPTIONS *`", "refused; one form is decided about and sent on",
		[]string{"TestPathsThatCanBeReadInTwoWaysAreRefused", "TestOtherSpellingsOfRoutesDoNotPass", "TestOtherSpellingsOfARouteDoNotPassUnread"}, ""},
	{"S-14b", "headers that name another path or method", "deleted", []string{"TestPassedRequestsOpenNoTunnel", "TestReservedHeadersAreDeleted"}, ""},
	{"S-16", "`Content-Length` and `Transfer-Encoding` together, broken chunks, bodies that end early", "refused, and the connection ends",
		[]string{"TestLengthAndChunksTogether", "TestChunkedBodyAboveTheLimitIsRefused", "TestBodiesThatDoNotArriveWholeAreRefused"}, "no differential corpus against the servers of apps"},
	{"S-17", "HTTP/2 without TLS, by upgrade and by prior knowledge", "an offer is ignored, all else refused",
		[]string{"TestOfferOfHTTP2IsIgnored", "TestConnectionsThatAreNotPlainHTTPAreRefused"}, ""},
	{"S-19", "WebSocket: fragments, compression, binary frames, foreign origins", "frames are read whole; no extension is agreed; the app decides about origins",
		[]string{"TestSocketCarriesTurns", "TestSocketEndsOnFramesThatCannotBeRead", "TestHandshakesThatAreRefused", "TestAppDecidesWhetherItAcceptsASocket"}, ""},
	{"S-20", "other upgrades, and `CONNECT`", "refused, also where requests pass unread", []string{"TestUndeclaredUpgrades", "TestPassedRequestsOpenNoTunnel"}, ""},
	{"S-22", "long bodies, headers and queries", "refused at the limits; the query is encoded again",
		[]string{"TestRequestAtItsLimit", "TestQueryAtItsLimit", "TestConnectionsThatAreNotPlainHTTPAreRefused", "TestQueryIsEncodedAgain", "TestBodiesAreBounded budget"},
		"a program that sends a body above the limit at once can see a broken connection in place of the refusal"},
	{"S-23", "compressed bombs, stacked and unknown codings", "refused within ratio, size and memory", []string{"TestCompressedRequestsThatAreRefused", "TestReaderEndsBombs coding"}, ""},
	{"S-25", "other charsets, broken UTF-8, escapes of JSON", "strict UTF-8; escapes are decoded before anything is searched",
		[]string{"TestRewriteRefuses jsontext", "TestTextSeesEscapesOfADocumentInside redact"}, "personal data in Base64 is not found"},
	{"S-26", "members that stand twice, also in upper and lower case; numbers out of range, deep nesting, data after the end", "refused; what was read is written again",
		[]string{"TestRewriteRefuses jsontext", "TestFieldsThatAreRefused", "TestRequestsThatAreRefused", "TestNamesThatStandTwiceAreTexts"}, ""},
	{"S-28", "personal data that is split over events, at every byte", "as if the text were whole",
		[]string{"TestAllCuts transform", "TestAllStreams transform", "TestWindowEqualsWholeTextForEveryCut redact"}, ""},
	{"S-29", "texts in other fields of an event, after its end, and other line ends", "read, or not passed on",
		[]string{"TestSplitterDoesNotDependOnTheCuts sse", "TestSplitterRefusesLongEvents sse", "TestStreamIsWholeAfterItsLastEvent transport"}, ""},
	{"S-31", "personal data with spaces, full width, zero width, look-alike letters", "found as far as docs say",
		[]string{"TestFoldingIsThatOfTheUnicodeTables redact", "TestTextSeesThroughTheNeighborsOfPersonalData redact"}, ""},
	{"S-34", "consent that belongs to another conversation or path", "it does not count", []string{"TestNothingGoesOnBeforeConsent", "TestConsentBelongsToAPath", "TestConsentOfAnotherChat"}, ""},
	{"S-35", "messages, other texts and files without consent", "they do not go on", []string{"TestNothingGoesOnBeforeConsent", "TestNoTextPassesBeforeConsent", "TestFilesDoNotPassBeforeConsent"}, ""},
	{"S-37", "a chatbot that is told to pose as a human", "who asks learns the truth; a claim to be human is corrected before it is shown",
		[]string{"TestWhoAsksLearnsTheTruth", "TestFalseAnswersAreCorrected", "TestAStreamedClaimIsCorrectedBeforeItIsShown"}, ""},
	{"S-40", "a desk that does not answer", "no conversation begins, and people learn it", []string{"TestNoConversationBeginsWithoutADesk", "TestPeopleReadThatNoConversationBegins"}, "the desk proves who it is by its address and certificate only"},
	{"S-41", "an ID of a conversation that is used again", "the statement is given again where the history does not show it", []string{"TestConversationIDUsedAgain", "TestContradictingConversations"}, "who may read a conversation is for the app to decide"},
	{"S-43", "answers that are mixed up or kept", "no answer is kept; each belongs to its exchange", []string{"TestAnswersOfRealtimeAreNotMixed", "TestChatsOfOneConnection", "TestUnreadAnswerClosesItsConnection transport"}, ""},
	{"S-44", "trailers and early hints", "dropped", []string{"TestTrailersAndEarlyHintsAreDropped"}, ""},
	{"S-46", "a configuration after its time", "nothing is served under it", []string{"TestExpiredConfiguration", "TestSocketEndsWhenItsConfigurationExpires"}, ""},
	{"S-47", "texts that keep detectors busy, and a fault in one", "bounded work and memory; a panic is a refusal",
		[]string{"FuzzWindow redact", "TestWindowIsBoundedWhateverArrives redact", "TestWorkOnLargeBodiesWaits budget", "TestPanicIsRecordedAndRefused filter"}, ""},
	{"", "many messages of one conversation or address", "429 with `Retry-After`, as `spec.limits` says", []string{"TestMessagesThatComeTooFast", "TestFramesThatComeTooFast", "TestPace filter"}, "each pod counts for itself"},
	{"", "clients and apps that send or read slowly, or not at all", "408 if the client is late, 504 if the app or model is", []string{
		"TestBodyThatNeverComesIsRefusedInTime", "TestHeaderThatNeverComesEndsTheConnection", "TestClientThatStopsReadingIsLeft", "TestUpstreamThatDoesNotAnswer",
		"TestUpstreamThatPausesInsideAnAnswer", "TestUpstreamThatDoesNotReadIsLeft transport", "TestPauseOfTheClientIsNotOneOfTheUpstream transport",
	}, ""},
	{"", "a log of records that blocks, fails or fills", "nothing is served without a record; readiness and metrics show it", []string{"TestNoExchangeWithoutARecord", "TestTerminationWithoutRecordsIsAnError", "TestRecordsAreWrittenInTime"}, ""},
	{"", "an end of the process in the middle of exchanges", "each has a record", []string{"TestExchangesThatAreCutAtTheEndAreRecorded", "TestOpenExchangesAreRefusedAfterTheDrainTime"}, ""},
	{"", "personal data in paths, queries and headers", "refused or deleted", []string{"TestPathsWithParameters", "TestQueryIsEncodedAgain", "TestPersonalDataInTheHeaderOfAnAnswer", "TestModelServicesLearnNothingOfTheClient"},
		"headers of requests other than those about the client pass as they are, with tokens in them"},
	{"", "a model that answers with a redirect, under another name, at another address, or without its certificate", "refused, and nothing is sent",
		[]string{"TestRedirectsOfModelServicesAreRefused", "TestNamesThatLeadElsewhere", "TestNameThatIsBoundAgain", "TestModelServicesMustShowTheirCertificate", "TestNoProxyOfTheEnvironment transport"}, ""},
	{"", "a call of a model that has the conversation stored, or names the person", "refused, or rewritten, as the shape says", []string{"TestCallsThatStoreAreRefused", "TestResponsesAreNotStored", "TestCallsAreSettled"}, ""},
}

const attacksHead = `<!-- Generated from internal/sidecar/attacks_test.go by "go test ./internal/sidecar -run TestAttacks -update-attacks"; do not edit. -->

# Attacks on the chat path

What clients, apps and models can try with the sidecar, what must become of it, and the tests that try it, with a real sidecar between real clients
and servers unless the name of a package stands before the test. [redteam.md](redteam.md) has the attacks on admission, workloads and networks.

| id | attack | expected | tests | left |
|---|---|---|---|---|
`

// TestAttacks compares docs/chat-attacks.md with the rows, and sees that each row names tests that exist.
func TestAttacks(t *testing.T) {
	var page strings.Builder
	page.WriteString(attacksHead)
	known := map[string][]string{}
	for _, a := range attacks {
		var tests []string
		for _, test := range a.tests {
			name, folder, _ := strings.Cut(test, " ")
			if known[folder] == nil {
				known[folder] = listTests(t, folder)
			}
			if !slices.Contains(known[folder], name) {
				t.Errorf("%s: there is no test %s in %q", a.what, name, folder)
			}
			if folder != "" {
				name = folder + "." + name
			}
			tests = append(tests, "`"+name+"`")
		}
		if len(tests) == 0 {
			t.Errorf("%s: nothing tries it", a.what)
		}
		fmt.Fprintf(&page, "| %s | %s | %s | %s | %s |\n", a.id, a.what, a.expected, strings.Join(tests, ", "), a.left)
	}
	path := filepath.Join("..", "..", "docs", "chat-attacks.md")
	if *updatePage {
		if err := os.WriteFile(path, []byte(page.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page.String(), string(got)); diff != "" {
		t.Errorf("docs/chat-attacks.md is not that of the rows (-want +got):\n%s", diff)
	}
}

// listTests returns the names of the tests in a folder below this one.
func listTests(t *testing.T, folder string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %q: %v", folder, err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}
