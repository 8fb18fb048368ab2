package main

import (
	"fmt"
	"time"
)

// bar is what a step must reach.
type bar struct {
	// ratio is that of the wall time to the base; 0 for none. seconds is the longest time until the manager is ready; 0 for none.
	ratio   float64
	seconds float64
	// isSilent is true if the manager must write nothing.
	isSilent bool
}

// maxMemory is the greatest resident memory that the manager may have with 10,000 declarations, in MiB.
const maxMemory = 400

func bars() map[string]bar {
	return map[string]bar{
		"from empty":      {ratio: 0.6},
		"idle":            {isSilent: true},
		"policy: nothing": {ratio: 0.1, isSilent: true},
		"policy: 1 %":     {ratio: 0.15},
		"restart":         {seconds: 20, isSilent: true},
	}
}

func (f figures) String() string {
	text := fmt.Sprintf("%-16s %7.1f s, CPU %6.1f s and of the control plane %6.1f s, peak %5d MiB, %d writes",
		f.name, f.wall.Seconds(), f.cpu.Seconds(), f.planeCPU.Seconds(), f.peak, f.foreign())
	if f.ready > 0 {
		text += fmt.Sprintf(", ready after %.1f s", f.ready.Seconds())
	}
	if len(f.writes) > 0 {
		text += ": " + f.writes.String()
	}
	return text
}

// foreign returns the number of writes that are not the benchmark's own; 0 where they cannot be told apart. The status of the policy that
// the benchmark changed says what became of it, and is no write about a declaration.
func (f figures) foreign() int {
	if f.own < 0 {
		return 0
	}
	return max(f.writes.total()-f.own-f.writes["governancepolicies/status"], 0)
}

// report prints the ratios of each step to the base, of the time and of the processor time of all programs, and its bar. A missed bar is printed and does not fail: the times of a busy machine decide
// nothing.
func report(base, now []figures) error {
	fmt.Println("\nstep                wall     CPU   bar")
	peak := 0
	for i, f := range now {
		peak = max(peak, f.peak)
		of, text := bars()[f.name], ""
		if i < len(base) && f.name != "idle" {
			ratio := divide(f.wall, base[i].wall)
			text = fmt.Sprintf("%6.2f x %6.2f x", ratio, divide(f.cpu+f.planeCPU, base[i].cpu+base[i].planeCPU))
			if of.ratio > 0 {
				text += fmt.Sprintf("   %.2f x: %s", of.ratio, verdict(ratio <= of.ratio))
			}
		}
		if of.seconds > 0 {
			text += fmt.Sprintf("   ready in %.0f s: %s", of.seconds, verdict(f.ready.Seconds() <= of.seconds))
		}
		if of.isSilent {
			text += fmt.Sprintf("   no write: %s", verdict(f.foreign() == 0))
		}
		fmt.Printf("%-16s %s\n", f.name, text)
	}
	fmt.Printf("%-16s %d MiB   %d MiB: %s\n", "memory", peak, maxMemory, verdict(peak <= maxMemory))
	return nil
}

func verdict(isReached bool) string {
	if isReached {
		return "reached"
	}
	return "MISSED"
}

func divide(a, b time.Duration) float64 { return a.Seconds() / max(b.Seconds(), 0.001) }
