package sidecarconfig

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// Bounds of a Config. The comments of its fields state most of them.
const (
	maxPorts          = 10
	maxEgress         = 32
	maxParameters     = 16
	maxContacts       = 80      // Six of the whole declaration, and one of each place.
	maxListedContact  = 4 * 320 // A declared contact has up to 320 characters, each of up to four bytes.
	maxStatements     = 64
	maxStatementBytes = 2000
	maxContactBytes   = 256
	maxNameBytes      = 1024
	maxVersionBytes   = 4 * 128 // A declared version has up to 128 characters, each of up to four bytes.
	maxURLBytes       = 2048
	maxRepeatHours    = 8760
	maxWaitSeconds    = 86400
	maxFailures       = 100
	maxLimitSeconds   = 900
	minLimitBytes     = 1 << 10
	maxRequestBytes   = 16 << 20
	maxResponseBytes  = 64 << 20

	maxMessagesPerMinute = 6000
	maxBytesPerMinute    = 1 << 30
)

var (
	chatbotPattern    = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$`)
	revisionPattern   = regexp.MustCompile(`^[!-~]{1,128}$`)
	portNamePattern   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$`)
	egressNamePattern = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	wordPattern       = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,62}[a-z0-9])?$`)
	secretPattern     = regexp.MustCompile(`^[a-z0-9][-.a-z0-9]{0,252}/[-._a-zA-Z0-9]{1,253}$`)
	shapePattern      = regexp.MustCompile(`^[a-z][a-z0-9.-]{0,79}$`)
	parameterPattern  = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,31}$`)
	pathPattern       = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)
)

// problems collects an error for every invalid value of one configuration.
type problems []error

// add adds an error for the value at the JSON path. The format continues the sentence that the path begins.
func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, errors.New(path+" "+fmt.Sprintf(format, args...)))
}

// Validate returns nil for a valid configuration. Otherwise it returns an error for each invalid value, joined into one. Each begins with
// the JSON path of its value.
func (c Config) Validate() error {
	var p problems
	if c.Version != Version {
		p.add("version", "is %d; this build reads %d", c.Version, Version)
	}
	if !chatbotPattern.MatchString(c.Chatbot) {
		p.add("chatbot", "is %q, want namespace/name", c.Chatbot)
	}
	if !revisionPattern.MatchString(c.Revision) {
		p.add("revision", "is %q, want 1 to 128 printable characters without spaces", c.Revision)
	}
	if c.Mode != "" {
		p.checkOneOf("mode", c.Mode, []string{ModeObserve, ModePassUndeclared})
	}
	if c.Suspended && c.Mode != "" {
		p.add("mode", "is %q, but a suspended chatbot passes nothing on", c.Mode)
	}
	if len(c.Ports)+len(c.Egress) == 0 {
		p.add("ports", "is empty, and so is egress")
	}
	p.checkPorts(c.Ports)
	p.checkEgress(c.Egress)
	p.checkDisclose(c.Disclose)
	p.checkClosedSet("redact", c.Redact, Detectors())
	for i, category := range c.Unredacted {
		p.checkName(fmt.Sprintf("unredacted[%d]", i), category, wordPattern)
	}
	p.checkForms(&c)
	p.checkContacts(c.Contacts)
	p.checkHandoff(c.Handoff)
	p.checkOversight(c.Oversight)
	p.checkConsent(c.Consent)
	p.checkNotice(c.Notice)
	p.checkText("model.name", c.Model.Name, maxNameBytes)
	p.checkText("model.version", c.Model.Version, maxVersionBytes)
	p.checkValues(c.Values)
	p.checkLimits(c.Limits)
	return errors.Join(p...)
}

// checkContacts checks the number of the contacts, and each of them.
func (p *problems) checkContacts(contacts []string) {
	if len(contacts) > maxContacts {
		p.add("contacts", "has %d entries, want at most %d", len(contacts), maxContacts)
	}
	for i, contact := range contacts {
		at := fmt.Sprintf("contacts[%d]", i)
		if contact == "" {
			p.add(at, "is empty")
		}
		p.checkText(at, contact, maxListedContact)
	}
}

// checkPorts checks each port, and that no two ports have the same name or the same listen address.
func (p *problems) checkPorts(ports []Port) {
	if len(ports) > maxPorts {
		p.add("ports", "has %d entries, want up to %d", len(ports), maxPorts)
	}
	names, addresses := map[string]bool{}, map[string]bool{}
	for i, port := range ports {
		at := fmt.Sprintf("ports[%d]", i)
		p.checkName(at+".name", port.Name, portNamePattern)
		p.checkUnique(at+".name", port.Name, names)
		p.checkShape(at, port.Shape, port.Parameters)
		p.checkDocument(at+".document", port.Document)
		if port.Refusals != "" {
			p.checkOneOf(at+".refusals", port.Refusals, []string{RefusalsAsAnswers, RefusalsAsErrors})
		}
		p.checkSignature(at+".signature", port.Signature)
		p.checkListen(at+".listen", port.Listen)
		p.checkUnique(at+".listen", port.Listen, addresses)
		// The operator leaves the upstream empty; see Port.Upstream.
		if port.Upstream == "" {
			continue
		}
		u := p.parseURL(at+".upstream", port.Upstream)
		if u != nil && (u.Path != "" || !isLoopback(u.Hostname())) {
			p.add(at+".upstream", "is %q, want http://127.0.0.1:port", port.Upstream)
		}
	}
}

// checkSignature checks how messages to a port are checked. A port without a secret is valid.
func (p *problems) checkSignature(at string, s *Signature) {
	if s == nil {
		return
	}
	if !secretPattern.MatchString(s.Secret) {
		p.add(at+".secret", "is %q, want name/key", s.Secret)
	}
	if s.URL == "" {
		return
	}
	if u := p.parseURL(at+".url", s.URL); u != nil && strings.HasSuffix(s.URL, "/") {
		p.add(at+".url", "is %q, want no slash at its end", s.URL)
	}
}

// checkDocument checks that the document of a shape does not nest so deeply that Marshal, which indents it, takes long.
func (p *problems) checkDocument(at string, document []byte) {
	if err := shape.CheckNesting(document); err != nil {
		p.add(at, "%v", err)
	}
}

// checkEgress checks each egress entry, and that no two entries have the same name.
func (p *problems) checkEgress(entries []Egress) {
	if len(entries) > maxEgress {
		p.add("egress", "has %d entries; the maximum is %d", len(entries), maxEgress)
	}
	names := map[string]bool{}
	for i, e := range entries {
		at := fmt.Sprintf("egress[%d]", i)
		p.checkName(at+".name", e.Name, egressNamePattern)
		p.checkUnique(at+".name", e.Name, names)
		p.checkShape(at, e.Shape, e.Parameters)
		p.checkDocument(at+".document", e.Document)
		u := p.parseURL(at+".upstream", e.Upstream)
		if u == nil {
			continue
		}
		// A base URL may have a path, and the path may end in a slash.
		path := strings.TrimSuffix(u.EscapedPath(), "/")
		if path != "" && !pathPattern.MatchString(path) {
			p.add(at+".upstream", "has the path %q, want plain characters", u.Path)
		}
	}
}

// checkDisclose checks a disclosure. A configuration without one is valid.
func (p *problems) checkDisclose(d *Disclose) {
	if d == nil {
		return
	}
	if len(d.Placements) == 0 {
		p.add("disclose.placements", "is empty, want some of %s", joinNames(Placements()))
	}
	p.checkClosedSet("disclose.placements", d.Placements, Placements())
	if len(d.Statements) == 0 || len(d.Statements) > maxStatements {
		p.add("disclose.statements", "has %d entries, want 1 to %d", len(d.Statements), maxStatements)
	}
	for _, tag := range slices.Sorted(maps.Keys(d.Statements)) {
		text := d.Statements[tag]
		at := "disclose.statements." + tag
		if _, err := language.Parse(tag); err != nil {
			p.add(at, "is not a language tag (BCP 47)")
		}
		if text == "" {
			p.add(at, "is empty")
		}
		p.checkText(at, text, maxStatementBytes)
	}
	if _, ok := d.Statements[d.DefaultLanguage]; !ok {
		p.add("disclose.defaultLanguage", "is %q, which has no statement", d.DefaultLanguage)
	}
	p.checkBounds("disclose.repeatHours", int64(d.RepeatHours), 0, maxRepeatHours)
	p.checkClosedSet("disclose.marking", d.Marking, Markings())
}

// checkHandoff checks a handoff. A configuration without one is valid.
func (p *problems) checkHandoff(h *Handoff) {
	if h == nil {
		return
	}
	p.checkOptionalURL("handoff.url", h.URL)
	if h.Mode != "" {
		p.checkName("handoff.mode", h.Mode, wordPattern)
	}
	p.checkBounds("handoff.maxWaitSeconds", int64(h.MaxWaitSeconds), 0, maxWaitSeconds)
	p.checkText("handoff.contact", h.Contact, maxContactBytes)
}

// checkOversight checks when the sidecar turns to a human. A configuration that says nothing of it is valid.
func (p *problems) checkOversight(o *Oversight) {
	if o == nil {
		return
	}
	p.checkText("oversight.crisisContact", o.CrisisContact, maxListedContact)
	p.checkBounds("oversight.afterFailures", int64(o.AfterFailures), 0, maxFailures)
}

// checkConsent checks what the question for consent says. A configuration without a question is valid.
func (p *problems) checkConsent(c *Consent) {
	if c == nil {
		return
	}
	p.checkText("consent.name", c.Name, maxNameBytes)
	p.checkText("consent.contact", c.Contact, maxListedContact)
	p.checkText("consent.purpose", c.Purpose, MaxPurposeBytes)
	if c.ReceiptKey != "" && !secretPattern.MatchString(c.ReceiptKey) {
		p.add("consent.receiptKey", "is %q, want name/key", c.ReceiptKey)
	}
}

// checkNotice checks the links. A configuration without links is valid.
func (p *problems) checkNotice(n *Notice) {
	if n == nil {
		return
	}
	p.checkOptionalURL("notice.privacyNoticeURL", n.PrivacyNoticeURL)
	p.checkOptionalURL("notice.termsURL", n.TermsURL)
	p.checkOptionalURL("notice.withdrawalURL", n.WithdrawalURL)
}

// checkLimits checks the limits that apply: a zero limit is checked as its default.
func (p *problems) checkLimits(l Limits) {
	d := l.OrDefaults()
	p.checkBounds("limits.requestBytes", d.RequestBytes, minLimitBytes, maxRequestBytes)
	p.checkBounds("limits.responseBytes", d.ResponseBytes, minLimitBytes, maxResponseBytes)
	p.checkBounds("limits.firstByteSeconds", int64(d.FirstByteSeconds), 1, maxLimitSeconds)
	p.checkBounds("limits.idleSeconds", int64(d.IdleSeconds), 1, maxLimitSeconds)
	p.checkBounds("limits.conversationMessagesPerMinute", int64(d.ConversationMessagesPerMinute), 0, maxMessagesPerMinute)
	p.checkBounds("limits.callerMessagesPerMinute", int64(d.CallerMessagesPerMinute), 0, maxMessagesPerMinute)
	p.checkBounds("limits.conversationBytesPerMinute", d.ConversationBytesPerMinute, 0, maxBytesPerMinute)
	p.checkBounds("limits.callerBytesPerMinute", d.CallerBytesPerMinute, 0, maxBytesPerMinute)
}

// checkName checks a name of lower-case letters, digits and dashes. The patterns of names differ only in the length that they allow.
func (p *problems) checkName(path, value string, pattern *regexp.Regexp) {
	if !pattern.MatchString(value) {
		p.add(path, "is %q, want lower-case letters, digits and dashes", value)
	}
}

// checkUnique checks that the value is not in seen, and adds it there.
func (p *problems) checkUnique(path, value string, seen map[string]bool) {
	if seen[value] {
		p.add(path, "is %q, which another entry already has", value)
	}
	seen[value] = true
}

func (p *problems) checkOneOf(path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		p.add(path, "is %q, want one of %s", value, joinNames(allowed))
	}
}

// checkClosedSet checks that the values are among the allowed ones and that none occurs twice.
func (p *problems) checkClosedSet(path string, values, allowed []string) {
	seen := map[string]bool{}
	for i, value := range values {
		at := fmt.Sprintf("%s[%d]", path, i)
		p.checkOneOf(at, value, allowed)
		p.checkUnique(at, value, seen)
	}
}

// checkShape checks the name of a shape and the values of its parameters. at is the JSON path of the port or egress entry.
func (p *problems) checkShape(at, name string, parameters map[string]string) {
	p.checkName(at+".shape", name, shapePattern)
	if len(parameters) > maxParameters {
		p.add(at+".parameters", "has %d entries; the maximum is %d", len(parameters), maxParameters)
	}
	for _, parameter := range slices.Sorted(maps.Keys(parameters)) {
		where, value := at+".parameters."+parameter, parameters[parameter]
		if !parameterPattern.MatchString(parameter) {
			p.add(at+".parameters", "has the name %q, want letters and digits", parameter)
		}
		if parameter == ParameterPath {
			p.checkPath(where, value)
		}
		p.checkText(where, value, maxURLBytes)
	}
}

// checkPath checks a URL path: segments of plain characters, without escapes, dot segments or a final slash.
func (p *problems) checkPath(path, value string) {
	if !pathPattern.MatchString(value) || len(value) > maxURLBytes {
		p.add(path, "is %q, want a plain path like /v1/chat/completions", value)
	}
}

// checkListen checks a listen address: an IP address, which may be missing, and a port other than 0.
func (p *problems) checkListen(path, value string) {
	address := value
	if strings.HasPrefix(value, ":") {
		address = "0.0.0.0" + value
	}
	parsed, err := netip.ParseAddrPort(address)
	if err != nil || parsed.Port() == 0 {
		p.add(path, "is %q, want :port or ip:port", value)
	}
}

// parseURL returns the parsed base URL of an upstream. If the value is invalid, parseURL adds an error and returns nil.
func (p *problems) parseURL(path, value string) *url.URL {
	u, ok := parseWebURL(value)
	if !ok || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		p.add(path, "is not an http or https URL without user, query and fragment")
		return nil
	}
	return u
}

// checkOptionalURL checks an http or https URL that may be empty. Unlike the base URL of an upstream, it may have a query and a fragment.
func (p *problems) checkOptionalURL(path, value string) {
	if value == "" {
		return
	}
	if _, ok := parseWebURL(value); !ok {
		p.add(path, "is not an http or https URL in plain ASCII")
	}
}

// parseWebURL parses an http or https URL with a host and without a user. It refuses characters that a Link header would have to escape.
func parseWebURL(value string) (parsed *url.URL, ok bool) {
	if len(value) > maxURLBytes || strings.ContainsFunc(value, isNotPlain) {
		return nil, false
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil, false
	}
	return u, u.Scheme == "http" || u.Scheme == "https"
}

// isNotPlain reports whether the character cannot stand in a Link header as it is.
func isNotPlain(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("<>\"\\", r)
}

// checkBounds checks that the value is in the range, which includes both bounds.
func (p *problems) checkBounds(path string, value, lowest, highest int64) {
	if value < lowest || value > highest {
		p.add(path, "is %d, want %d to %d", value, lowest, highest)
	}
}

// checkText checks a text that people read: at most maxBytes of UTF-8 without control characters.
func (p *problems) checkText(path, value string, maxBytes int) {
	if len(value) > maxBytes {
		p.add(path, "has %d bytes; the maximum is %d", len(value), maxBytes)
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		p.add(path, "contains control characters or is not UTF-8")
	}
}

// isLoopback reports whether the host is `localhost` or a loopback address.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func joinNames(values []string) string {
	return strings.Join(values, ", ")
}
