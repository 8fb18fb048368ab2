package sidecar

import (
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// newRecording returns what the filter Record needs to report exchanges to this configuration.
func (c *loadedConfig) newRecording() filter.Recording {
	o := c.shared.options
	maxPause := time.Duration(c.config.Limits.IdleSeconds) * time.Second
	return filter.Recording{MaxPause: maxPause, Now: o.Now, Log: o.Log, Journal: c, Conversations: c.shared.conversations}
}

// Write counts a finished exchange in the metrics and has its record written. It implements filter.Journal.
func (c *loadedConfig) Write(e filter.Ended) {
	duration := c.shared.options.Now().Sub(e.Scope.Started)
	if e.Scope.Passed != nil {
		c.finishPassed(e, duration)
		return
	}
	c.report(e, duration)
}

// report counts an exchange in the metrics and writes its record.
func (c *loadedConfig) report(e filter.Ended, duration time.Duration) {
	c.shared.metrics.observe(e, duration)
	c.countTraffic(e)
	if e.Scope.Refused.IsFor(refusal.AuditUnavailable) {
		// Its own record could not be written. It counts in the one record of all these exchanges.
		c.shared.sink.addRefused()
		return
	}
	c.shared.sink.add(func(b []byte) []byte { return appendRecord(b, c, e, duration) })
}
