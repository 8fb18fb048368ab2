//go:build !unix

package worker

import "time"

// startTime is approximately the time at which this process started.
var startTime = time.Now()

// readProcessTime returns the elapsed time since this process started.
func readProcessTime() time.Duration {
	return time.Since(startTime)
}
