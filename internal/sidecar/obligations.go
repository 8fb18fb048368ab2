package sidecar

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// duty is an obligation that the sidecar carries out on the messages of one exchange. Its name is that of the kind in the status of a
// ChatbotDeployment.
type duty uint8

const (
	dutyConsent duty = iota
	dutyDisclose
	dutyHandoff
	dutyRedact
	dutySuspend
	dutyCount
)

// dutyNames holds the value of the label `obligation`, by duty.
var dutyNames = [dutyCount]string{"consent", "disclose", "handoff", "redact", "suspend"}

// standing is what became of a duty in an exchange.
type standing uint8

const (
	// notDue means that the exchange did not ask for the duty.
	notDue standing = iota
	// open means that the duty was due and is due again in the next exchange of the conversation, such as a statement that no person saw.
	open
	done
	// refused means that the exchange was refused because the duty could not be carried out.
	refused
	standingCount
)

// resultDue is the value of the label `result` of every duty that was due, whatever became of it.
const resultDue = "due"

// standingNames holds the value of the label `result`, by standing.
var standingNames = [standingCount]string{open: "open", done: "done", refused: "refused"}

// refusedDuties has the duty for which a rule refuses an exchange.
var refusedDuties = map[refusal.Rule]duty{
	refusal.ConsentRefused: dutyConsent, refusal.ConsentUnknown: dutyConsent,
	refusal.HandoffUnavailable: dutyHandoff,
	refusal.PathPersonal:       dutyRedact, refusal.NamePersonal: dutyRedact, refusal.SignedPersonal: dutyRedact, refusal.PartUnreadable: dutyRedact,
	refusal.AnswerUnreadable: dutyRedact,
}

// judgeDuties returns what became of each duty in a finished exchange that was governed.
func judgeDuties(sc *exchange.Scope) (all [dutyCount]standing) {
	switch {
	case sc.HasConsent:
		all[dutyConsent] = done
	case sc.Refused.IsFor(refusal.ConsentMissing):
		all[dutyConsent] = open
	}
	switch {
	case sc.Disclosed:
		all[dutyDisclose] = done
	case sc.Statement != "" || sc.Ahead != "":
		all[dutyDisclose] = open
	}
	if sc.RequestRedactions.Total()+sc.AnswerRedactions.Total() > 0 {
		all[dutyRedact] = done
	}
	if sc.Refused.IsFor(refusal.Suspended) {
		all[dutySuspend] = done
	}
	all[dutyHandoff] = judgeHandoff(sc.Handover)
	if sc.Refused == nil {
		return all
	}
	for rule, d := range refusedDuties {
		if sc.Refused.IsFor(rule) {
			all[d] = refused
		}
	}
	return all
}

// judgeHandoff returns what became of the handover of a conversation, which is nil if there was none.
func judgeHandoff(h *exchange.Handover) standing {
	switch {
	case h == nil:
		return notDue
	case h.Result == filter.ResultFailed:
		return refused
	}
	return done
}

// obligationCounters count duties by what became of them.
type obligationCounters struct {
	vec      *prometheus.CounterVec
	due      [dutyCount]prometheus.Counter
	standing [dutyCount][standingCount]prometheus.Counter
}

func newObligationCounters() obligationCounters {
	o := obligationCounters{vec: newCounterVec("chaperone_obligations_total",
		"Obligations in governed exchanges, by kind and result: due, and of these done, open (due again in the next exchange) or refused.",
		"obligation", "result")}
	for d, name := range dutyNames {
		o.due[d] = o.vec.WithLabelValues(name, resultDue)
		for s := open; s < standingCount; s++ {
			o.standing[d][s] = o.vec.WithLabelValues(name, standingNames[s])
		}
	}
	return o
}

// add counts what became of each duty in an exchange.
func (o *obligationCounters) add(all [dutyCount]standing) {
	for d, s := range all {
		if s != notDue {
			o.due[d].Inc()
			o.standing[d][s].Inc()
		}
	}
}
