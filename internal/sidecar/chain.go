package sidecar

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/calls"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/failure"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/signature"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transport"
	"github.com/chaperone-dev/chaperone/internal/sidecar/truth"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// loadedConfig is one configuration with the handlers that execute it. It is immutable. An exchange keeps the loadedConfig with which
// it began, even after another one becomes active.
type loadedConfig struct {
	// config is what the file says, with the upstreams that Options.Upstreams gives, with defaults in place of zero limits, and
	// with limits of bodies that fit into the memory.
	config sidecarconfig.Config
	// declared are the limits of the file. Those that the declaration leaves out are zero.
	declared sidecarconfig.Limits
	// unserved are the ports of the file that config lacks, because no upstream is known for them.
	unserved []sidecarconfig.Port
	// hash is the sidecarconfig.Hash of the file.
	hash string
	// transform changes messages of people and answers to them, and calls the calls of the app to its models.
	transform, calls *transform.Transform
	// truths is nil if the chatbot may say of itself what it wants.
	truths *truth.Set
	// statements is nil when the configuration has no disclosure.
	statements *filter.Statements
	voice      *filter.Voice
	// asker is nil if the sidecar does not ask for consent, and desk is nil if people need not reach a human.
	asker *filter.Asker
	desk  *filter.Desk
	// handover is nil if there is nobody to turn to.
	handover *filter.Handover
	// retired is canceled when another configuration becomes active, by retire.
	retired context.Context
	retire  context.CancelFunc
	// model is the declared model; nil if none is declared.
	model    *calls.Model
	upstream *transport.Upstream
	// shared outlives the configuration.
	shared *shared
	// observer counts what passes and what no route matches, also for other configurations that treat exchanges alike.
	observer *observe.Observer
	// ports are the ports of the file, and models the egress entries that serve models, for what the admin port tells.
	ports  []observe.Port
	models []observe.Model
	// portHandlers maps the listen address of each declared port to its handler.
	portHandlers map[string]http.Handler
	// egressHandler serves the app's own calls to its models.
	egressHandler http.Handler
}

// shared is what all configurations of one server use.
type shared struct {
	options Options
	// fallback is the format of refusals of exchanges that belong to no port or egress entry.
	fallback      dialect.Format
	sink          *sink
	guard         *guard
	metrics       *metrics
	conversations *filter.Conversations
	consents      *filter.Consents
	voids         *filter.Voids
	begun         *filter.Begun
	handovers     *filter.Handovers
	sayings       *filter.Sayings
	pace          *filter.Pace
	secrets       *signature.Secrets
	// pseudonyms is the key of pseudonyms in calls of models.
	pseudonyms *calls.Key
	buffers    *transport.CopyBuffers
	// budget bounds the exchanges of all configurations together.
	budget *budget.Budget
	// draining is canceled when the server begins to drain, by drain.
	draining context.Context
	drain    context.CancelFunc
	// readings finishes exchanges that passed unchanged.
	readings readings
}

// newShared returns the state that all configurations of a new server share. The caller has replaced zero options by their defaults, apart
// from FindShape and Formats.
func newShared(ctx context.Context, options Options, g *guard) (*shared, error) {
	usual, err := shape.FindPreset(sidecarconfig.DefaultShape)
	if err != nil {
		return nil, fmt.Errorf("read shapes: %w", err)
	}
	fallback, err := shaped.CompileUsual(usual)
	if err != nil {
		return nil, err
	}
	m := newMetrics(g)
	draining, drain := context.WithCancel(context.WithoutCancel(ctx))
	return &shared{
		draining: draining, drain: drain,
		options: options, fallback: fallback, metrics: m, guard: g,
		conversations: filter.NewConversations(options.Now), consents: filter.NewConsents(options.Now), voids: filter.NewVoids(), begun: filter.NewBegun(), handovers: filter.NewHandovers(options.Now), sayings: filter.NewSayings(), pace: filter.NewPace(options.Now),
		secrets: signature.NewSecrets(options.SignatureFolder, options.Now), pseudonyms: calls.NewKey(), buffers: transport.NewCopyBuffers(),
		sink: newSink(m, options), budget: budget.New(options.MemoryBytes),
		readings: readings{open: newOpenExchanges()},
	}, nil
}

// load parses the content of a configuration file and builds its handlers. It opens no ports. previous is the active configuration, or nil.
func (sh *shared) load(file []byte, previous *loadedConfig) (*loadedConfig, error) {
	config, err := sidecarconfig.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("parse configuration: %w", err)
	}
	ports := listPorts(config)
	config, unserved, err := config.WithUpstreams(sh.options.Upstreams)
	if err != nil {
		return nil, fmt.Errorf("find the app: %w", err)
	}
	detectors, err := redact.New(redact.Selection{
		Kinds: config.Redact, Places: config.RedactPlaces, Languages: config.RedactLanguages, Contacts: config.Contacts,
	})
	if err != nil {
		return nil, fmt.Errorf("choose detectors: %w", err)
	}
	config.Handoff = config.Handoff.WithoutDeadEnd()
	declared := config.Limits
	config.Limits = boundBodies(declared.OrDefaults(), sh.budget)
	voice, err := filter.NewVoice(config)
	if err != nil {
		return nil, fmt.Errorf("load texts of refusals: %w", err)
	}
	statements := filter.NewStatements(config.Disclose)
	// The transform recognizes the statements, and the question for consent, in the history that a request repeats.
	ofCalls := transform.New(detectors, statements.Texts()...).Asking(voice.NewQuestions())
	truths, err := loadTruths(config)
	if err != nil {
		return nil, fmt.Errorf("load the recognition of claims: %w", err)
	}
	t := ofCalls.Repeating(statements.RepeatAfterHours()).Listening().Truthful(truths)
	c := &loadedConfig{
		config: config, declared: declared, unserved: unserved, hash: sidecarconfig.Hash(file),
		transform: t, calls: ofCalls, truths: truths, statements: statements, voice: voice, shared: sh,
		model: calls.NewModel(config.Model.Name, config.Model.Version),
		asker: filter.NewAsker(config, voice, statements, sh.consents, sh.newReceipts(config, voice), sh.sayings), desk: filter.NewDesk(config, sh.begun),
		upstream: &transport.Upstream{
			Transport: transport.New(config.Limits, config.Egress), Passing: transport.NewPassing(config.Limits), Buffers: sh.buffers, Transform: t,
			Failures: failure.Forms{}, Budget: sh.budget, Limits: config.Limits,
		},
		portHandlers: make(map[string]http.Handler, len(config.Ports)),
	}
	if err := c.openDesk(); err != nil {
		return nil, err
	}
	c.observer, c.ports = c.findObserver(previous), ports
	c.retired, c.retire = context.WithCancel(context.WithoutCancel(sh.draining))
	for _, port := range config.Ports {
		if c.portHandlers[port.Listen], err = c.buildPort(port); err != nil {
			return nil, err
		}
	}
	c.egressHandler, err = c.buildEgress()
	return c, err
}

// loadTruths returns what keeps the chatbot from false statements about itself; nil if the configuration does not ask for that.
func loadTruths(config sidecarconfig.Config) (*truth.Set, error) {
	if !config.Truthful {
		return nil, nil
	}
	return truth.Load()
}

// listAddresses returns the addresses on which the configuration listens: those of its ports, and the egress address if the
// configuration has egress entries.
func (c *loadedConfig) listAddresses() []string {
	addresses := slices.Collect(maps.Keys(c.portHandlers))
	if len(c.config.Egress) > 0 {
		addresses = append(addresses, c.shared.options.Egress)
	}
	return addresses
}

// findHandler returns the handler for requests that arrive on the address. A connection that was opened under the previous
// configuration may use an address that this configuration does not have; its requests are refused.
func (c *loadedConfig) findHandler(address string) http.Handler {
	if handler, ok := c.portHandlers[address]; ok {
		return handler
	}
	if address == c.shared.options.Egress {
		return c.egressHandler
	}
	return c.buildGone()
}

// beginGoverned returns the first filters of the chain for an exchange that is read.
func (c *loadedConfig) beginGoverned(rt *exchange.Route, origins *filter.Origins) []filter.Filter {
	return []filter.Filter{
		filter.Record(rt, c.newRecording()),
		filter.ShareRefusals(origins),
		filter.SayRefusals(rt, c.voice, c.shared.sayings, c.shared.options.Now),
		filter.LimitBody(c.shared.draining, rt.MaxRequestBytes),
		filter.RequireService(c.shared.findOutage),
		filter.LimitLoad(c.shared.budget),
		filter.TakeReservedHeaders(),
		filter.CheckSignature(rt),
		filter.Decode(c.shared.budget, rt.MaxRequestBytes),
	}
}

// endTurn returns the last filters of the chain for messages of people and the answers to them.
func (c *loadedConfig) endTurn(rt *exchange.Route) []filter.Filter {
	return []filter.Filter{
		filter.SuspendTurn(c.config.Suspended, c.config.Handoff, c.handover, c.transform, c.shared.budget),
		filter.CheckHeader(rt, c.transform.HasPersonalData),
		filter.AddLinks(c.config),
		filter.RewriteBody(c.transform, c.shared.budget),
		filter.RenewSignature(),
		filter.HandOver(rt, c.handover),
		filter.LimitPace(c.shared.pace, c.config.Limits),
		filter.RequireDesk(c.desk),
		filter.AskConsent(c.asker),
		filter.ForgetSaid(rt, c.shared.sayings),
		filter.Disclose(c.statements, c.shared.conversations),
		filter.Truthful(c.statements, c.truths, c.shared.conversations),
	}
}

// endSocket returns the last filters of the chain for connections that switch to WebSocket.
func (c *loadedConfig) endSocket(rt *exchange.Route) []filter.Filter {
	return []filter.Filter{
		filter.Suspend(c.config.Suspended, c.config.Handoff),
		filter.CheckSocket(rt, c.transform.HasPersonalData),
		filter.AddLinks(c.config),
		filter.Disclose(c.statements, c.shared.conversations),
	}
}

// buildSocket returns the rest of the chain of a route whose connections switch to WebSocket. The socket of a suspended chatbot is accepted if
// a refusal can be said there.
func (c *loadedConfig) buildSocket(rt *exchange.Route) http.Handler {
	if answer, _ := rt.Format.FormatSaid(dialect.Said{Streamed: true}); !c.config.Suspended || !rt.SaysRefusals || answer == nil {
		return filter.Chain(c.upstream.SocketHandler(rt, c.newSockets()), c.endSocket(rt))
	}
	last := c.upstream.SuspendedSocketHandler(c.newSockets(), filter.NewSuspendedRefusal(c.config.Handoff))
	return filter.Chain(last, []filter.Filter{
		filter.CheckSocket(rt, c.transform.HasPersonalData),
	})
}

// newSockets returns what the connections of this configuration that switch to WebSocket need.
func (c *loadedConfig) newSockets() transport.Sockets {
	o := c.shared.options
	return transport.Sockets{
		Journal: c, FindTruth: c.findTruth, RepeatsStatement: func(shown time.Time) bool { return c.statements.Repeats(o.Now().Sub(shown)) },
		Voice: c.voice, Desk: c.desk, Pace: c.shared.pace, Asker: c.asker, Handover: c.handover, Now: o.Now, Draining: c.shared.draining, Retired: c.retired,
	}
}

// findTruth returns the true answer to the question what the chatbot is, in the language of the question.
func (c *loadedConfig) findTruth(asked int) string { return c.statements.Answer(c.truths, asked) }

// endModel returns the last filters of the chain for calls of the app to its model. No person reads the responses, so nothing is disclosed.
func (c *loadedConfig) endModel(rt *exchange.Route) []filter.Filter {
	return c.endCall(rt, c.calls)
}

// endCall returns the last filters of the chain for calls of the app whose requests the transform changes.
func (c *loadedConfig) endCall(rt *exchange.Route, t *transform.Transform) []filter.Filter {
	return []filter.Filter{
		filter.Suspend(c.config.Suspended, c.config.Handoff),
		filter.CheckHeader(rt, t.HasPersonalData),
		filter.RewriteBody(t, c.shared.budget),
		filter.SettleCall(rt),
	}
}

// endReply returns the last filters of the chain for messages of the chatbot that the app sends to a messaging service.
func (c *loadedConfig) endReply(rt *exchange.Route) []filter.Filter {
	const notAsked = 0 // What the person has asked is answered ahead of the message.
	return append(c.endCall(rt, c.transform.Correcting(notAsked)), filter.Announce(c.statements, c.shared.conversations))
}

// endPast returns the last filters of the chain for answers of earlier turns, and for the greeting of the chatbot. A suspended chatbot
// still shows them, unless new ones arrive there.
func (c *loadedConfig) endPast(rt *exchange.Route) []filter.Filter {
	return append(c.endControl(rt),
		filter.RecallSaid(rt, c.shared.sayings, c.voice, c.config.Suspended, c.shared.options.Now),
		filter.DisclosePast(c.statements),
	)
}

// endControl returns the last filters of the chain for commands to the chatbot. People can still stop and delete what they said to a
// suspended one.
func (c *loadedConfig) endControl(rt *exchange.Route) []filter.Filter {
	return []filter.Filter{
		filter.SuspendAnswers(rt, c.config.Suspended, c.config.Handoff),
		filter.CheckHeader(rt, c.transform.HasPersonalData),
		filter.AddLinks(c.config),
		filter.RewriteBody(c.transform, c.shared.budget),
		filter.RenewSignature(),
		filter.SuspendTexts(c.config.Suspended, c.config.Handoff),
		filter.RequireConsent(c.asker),
	}
}

// beginUpload returns the first filters of the chain for an exchange whose request passes unread.
func (c *loadedConfig) beginUpload(rt *exchange.Route, origins *filter.Origins) []filter.Filter {
	return []filter.Filter{
		filter.Record(rt, c.newRecording()),
		filter.ShareRefusals(origins),
		filter.LimitUpload,
		filter.RequireService(c.shared.findOutage),
		filter.LimitLoad(c.shared.budget),
		filter.TakeReservedHeaders(),
	}
}

// endUpload returns the last filters of the chain for files that people upload.
func (c *loadedConfig) endUpload(rt *exchange.Route) []filter.Filter {
	return []filter.Filter{
		filter.Suspend(c.config.Suspended, c.config.Handoff),
		filter.RefuseFiles(c.asker),
		filter.CheckUnread(rt, c.transform.HasPersonalData),
		filter.AddLinks(c.config),
	}
}

// beginPassed returns the first filters of the chain for an exchange that passes unread. The client may pause for as long as it wants
// (MaxPause is 0). hidesID is that of filter.Recording.
func (c *loadedConfig) beginPassed(rt *exchange.Route, hidesID bool) []filter.Filter {
	recording := c.newRecording()
	recording.MaxPause, recording.HidesID = 0, hidesID
	return []filter.Filter{
		filter.Record(rt, recording),
	}
}

// endPassed returns the last filters of the chain for what the shape passes unread. Nothing checks such a request, so there is no fault to
// find.
func (c *loadedConfig) endPassed(rt *exchange.Route) []filter.Filter {
	return []filter.Filter{
		filter.Suspend(c.config.Suspended, c.config.Handoff),
		filter.CloseDetours(),
		filter.Observe(rt, c.observer, func(*exchange.Route, *http.Request) *refusal.Refusal { return nil }),
	}
}

// endAsset returns the last filters of the chain for what web pages are made of. A suspended chatbot still shows its page.
func (c *loadedConfig) endAsset() []filter.Filter {
	return []filter.Filter{
		filter.CheckAsset(),
	}
}

// endUnmatched returns the last filters of the chain for requests that no route matches. The handler at its end refuses them.
func (c *loadedConfig) endUnmatched() []filter.Filter {
	return []filter.Filter{
		filter.Suspend(c.config.Suspended, c.config.Handoff),
	}
}
