package sidecar

import (
	"fmt"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/handover"
)

// openDesk prepares the handover of conversations to humans.
func (c *loadedConfig) openDesk() error {
	var desk *handover.Desk
	if h := c.config.Handoff; h != nil && h.URL != "" {
		var err error
		if desk, err = handover.NewDesk(h.URL, c.shared.options.DialDesk); err != nil {
			return fmt.Errorf("find the desk: %w", err)
		}
	}
	var err error
	c.handover, err = filter.NewHandover(c.config, filter.HandoverParts{
		Desk: desk, Memory: c.shared.handovers, Consents: c.shared.consents, Transform: c.transform,
		Watch: handover.NewWatch(c.shared.draining, c.shared.options.Now, c.reportHandoff), Now: c.shared.options.Now,
	})
	if err != nil {
		return fmt.Errorf("load the words of people: %w", err)
	}
	return nil
}

// reportHandoff counts what has become of a handoff after the exchange with the person's wish, and writes a record of it.
func (c *loadedConfig) reportHandoff(o handover.Outcome) {
	result := filter.ResultLate
	if !o.AcceptedAt.IsZero() {
		result = filter.ResultAccepted
		c.shared.metrics.handoffWait.Observe(o.Waited.Seconds())
	}
	c.shared.metrics.handoffs.WithLabelValues(string(o.Reason), result).Inc()
	now := c.shared.options.Now()
	c.shared.sink.add(func(b []byte) []byte {
		b = c.appendOrigin(b, now, o.Exchange)
		b = appendHandoff(b, o.ID, string(o.Reason), result)
		b = strconv.AppendFloat(append(b[:len(b)-1], `,"seconds":`...), o.Waited.Seconds(), 'f', 3, 64)
		b = strconv.AppendBool(append(b, `,"late":`...), o.IsLate)
		b = appendMember(b, `},"configHash":`, c.hash)
		b = appendMember(b, `,"policyRevision":`, c.config.Revision)
		return append(b, "}\n"...)
	})
}

// appendHandoff appends the member `handoff`.
func appendHandoff(b []byte, id, reason, result string) []byte {
	b = append(b, `,"handoff":{`...)
	if id != "" {
		b = append(appendMember(b, `"id":`, id), ',')
	}
	b = appendMember(b, `"reason":`, reason)
	return append(appendMember(b, `,"result":`, result), '}')
}
