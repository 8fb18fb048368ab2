package handover

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	// deskTime is how long the desk may take to respond: the person waits for it.
	deskTime = 5 * time.Second
	// dialTime is how long a connection to the desk may take.
	dialTime = 2 * time.Second
	// maxBody bounds a response of the desk, in bytes.
	maxBody = 64 << 10
	// maxOpen is how many requests to the desk may be open at the same time.
	maxOpen = 32
)

// Errors of the desk. They hold no text of a response.
var (
	// ErrBusy means that too many requests to the desk are open.
	ErrBusy = errors.New("too many requests to the desk are open")
	// errNoDesk means that something else than a desk answers at the address, such as a page for people.
	errNoDesk = errors.New("the response of the desk is no JSON")
	// errLeavesDesk means that the resource of a handoff is at another origin than the desk.
	errLeavesDesk = errors.New("the Location of the response is at another origin than the desk")
	// errAddress means that the name of the desk leads to the pod or the node itself.
	errAddress = errors.New("the desk has a loopback, link-local or multicast address")
)

// Handoff is what the desk gets of a conversation.
type Handoff struct {
	// Chatbot is `namespace/name` of the ChatbotDeployment.
	Chatbot string `json:"chatbot"`
	// ID identifies the handoff. The desk must take a handoff with the same ID once. It is the header Idempotency-Key too.
	ID string `json:"id"`
	// Conversation identifies the conversation in the app; "" if nothing does, or if the identifier is personal data.
	Conversation string `json:"conversation,omitempty"`
	// Reason is a Reason.
	Reason Reason `json:"reason"`
	// Language is the language of the person (BCP 47).
	Language string `json:"language"`
	// RequestedAt is when the person got to know of the handoff, and MaxWaitSeconds the promised longest wait; 0 for no promise.
	RequestedAt    time.Time `json:"requestedAt"`
	MaxWaitSeconds int       `json:"maxWaitSeconds,omitempty"`
	// Transcript is the conversation without personal data that is redacted, oldest message first; empty without consent to recording.
	Transcript []Line `json:"transcript,omitempty"`
}

// Reason is why a conversation is handed over.
type Reason string

// The reasons, a closed set.
const (
	ReasonRequest   Reason = "request"
	ReasonFailures  Reason = "failures"
	ReasonDanger    Reason = "danger"
	ReasonSuspended Reason = "suspended"
)

// Reasons lists the reasons.
func Reasons() []Reason {
	return []Reason{ReasonDanger, ReasonFailures, ReasonRequest, ReasonSuspended}
}

// Line is a message of a transcript. From is `person` or `chatbot`.
type Line struct {
	From string `json:"from"`
	Text string `json:"text"`
}

// Progress is how far a handoff is, as the desk says.
type Progress struct {
	// AcceptedAt is when a human took over; zero if none has.
	AcceptedAt time.Time `json:"acceptedAt"`
	// EndedAt is when the desk gave the conversation back to the chatbot; zero if it has not.
	EndedAt time.Time `json:"endedAt"`
	// Answers are what the human has said since the answer that the request names, oldest first.
	Answers []Answer `json:"answers"`
}

// Answer is a text of a human at the desk.
type Answer struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Desk is the client of one desk. It is safe for concurrent use.
type Desk struct {
	address *url.URL
	client  *http.Client
	// places has an element for each open request.
	places chan struct{}
}

// DialFunc opens a connection.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// NewDesk returns the client of the desk at an http or https URL. TLS is verified, no redirect is followed, and no proxy is used. A nil dial
// stands for one that opens no connection to the pod or its node.
func NewDesk(address string, dial DialFunc) (*Desk, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the address of the desk is no URL")
	}
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTime, Control: checkDialed}).DialContext
	}
	transport := &http.Transport{
		DialContext: dial, TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: deskTime, MaxResponseHeaderBytes: maxBody,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
		DisableCompression: true,
	}
	return &Desk{
		address: u, places: make(chan struct{}, maxOpen),
		client: &http.Client{
			Transport: transport, Timeout: deskTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// checkDialed returns an error for an address, which the name of the desk has led to, that is not one of another machine.
func checkDialed(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errAddress
	}
	return checkAddress(to.Addr().Unmap())
}

// checkAddress returns an error for an address that leads to the pod, to the machine, or to no one host.
func checkAddress(a netip.Addr) error {
	if a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast() || !a.IsValid() {
		return errAddress
	}
	return nil
}

// Open hands a conversation over. resource is that of the handoff, or nil if the desk names none. After an error the desk may have the
// handoff or not.
func (d *Desk) Open(ctx context.Context, h Handoff) (resource *url.URL, p Progress, err error) {
	body, err := json.Marshal(h)
	if err != nil {
		return nil, p, fmt.Errorf("encode handoff: %w", err)
	}
	header, p, err := d.do(ctx, http.MethodPost, d.address, h.ID, body)
	if err != nil || header.Get("Location") == "" {
		return nil, p, err
	}
	resource, err = d.address.Parse(header.Get("Location"))
	if err != nil || resource.Scheme != d.address.Scheme || resource.Host != d.address.Host || resource.User != nil {
		return nil, p, errLeavesDesk
	}
	return resource, p, nil
}

// Read returns how far a handoff is, with the answers after the one with the ID, which is "" for all.
func (d *Desk) Read(ctx context.Context, resource *url.URL, after string) (Progress, error) {
	_, p, err := d.do(ctx, http.MethodGet, addAfter(resource, after), "", nil)
	return p, err
}

// Send passes a text of the person on to the human. id identifies the message. It returns what Read does.
func (d *Desk) Send(ctx context.Context, resource *url.URL, after, id, text string) (Progress, error) {
	body, err := json.Marshal(map[string]string{"id": id, "text": text})
	if err != nil {
		return Progress{}, fmt.Errorf("encode message: %w", err)
	}
	_, p, err := d.do(ctx, http.MethodPost, addAfter(resource, after), id, body)
	return p, err
}

// addAfter returns the resource with the parameter `after`.
func addAfter(resource *url.URL, after string) *url.URL {
	if after == "" {
		return resource
	}
	u := *resource
	query := u.Query()
	query.Set("after", after)
	u.RawQuery = query.Encode()
	return &u
}

// do sends a request and reads the response. key is the Idempotency-Key, or "".
func (d *Desk) do(ctx context.Context, method string, to *url.URL, key string, body []byte) (http.Header, Progress, error) {
	select {
	case d.places <- struct{}{}:
		defer func() { <-d.places }()
	default:
		return nil, Progress{}, ErrBusy
	}
	ctx, cancel := context.WithTimeout(ctx, deskTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, Progress{}, errors.New("the request to the desk cannot be made")
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		// draft-ietf-httpapi-idempotency-key-header: the value is a string of RFC 8941.
		req.Header.Set("Idempotency-Key", `"`+key+`"`)
	}
	res, err := d.client.Do(req)
	if err != nil {
		return nil, Progress{}, describe(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, Progress{}, fmt.Errorf("the desk responded with status %d", res.StatusCode)
	}
	p, err := readProgress(res)
	return res.Header, p, err
}

// describe returns an error of the HTTP client without the address, which can have the identifier of a conversation.
func describe(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Errorf("call the desk: %w", err)
}

// readProgress reads the body of a response, which may be empty. A body that is no JSON object is not from a desk.
func readProgress(res *http.Response) (p Progress, err error) {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return p, describe(err)
	}
	if len(bytes.TrimSpace(body)) == 0 && (res.StatusCode == http.StatusNoContent || res.Header.Get("Location") != "" || res.StatusCode == http.StatusAccepted) {
		return p, nil
	}
	mediaType, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	isJSON := err == nil && (mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"))
	if !isJSON || len(body) > maxBody || json.Unmarshal(body, &p) != nil {
		return Progress{}, errNoDesk
	}
	return p, nil
}
