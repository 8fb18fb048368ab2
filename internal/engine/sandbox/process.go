package sandbox

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	// maxProgramBytes is the maximum total size of the sources that one worker compiles and keeps, in bytes. The runner starts a new worker
	// for a program that would exceed it.
	maxProgramBytes = 1 << 20
	// maxStandardError is how many bytes of a worker's standard error are kept. The Go runtime writes the cause of a crash first.
	maxStandardError = 4 << 10
)

// process is a worker process, as the runner sees it.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	// standardError is the beginning of the worker's standard error. It may be read only after the process has ended.
	standardError *limitedBuffer
	// programs has the keys of the programs that the worker has compiled. programBytes is the total size of their sources.
	programs     map[string]bool
	programBytes int
	// lastInput is the last input that the worker received.
	lastInput []byte
	// responseCount is the number of responses of the worker. While it is 0, no earlier module can have damaged the worker.
	responseCount int
}

// startProcess starts a worker and sends it its limits. The worker has no environment variables, and only its three pipes are open. It runs
// in the root directory.
func startProcess(command []string, limits Limits) (*process, error) {
	if len(command) == 0 {
		return nil, errNoCommand
	}
	p := &process{command: exec.Command(command[0], command[1:]...), standardError: &limitedBuffer{}, programs: map[string]bool{}}
	p.command.Env = []string{} // With nil, the worker would get the variables of this process.
	p.command.Dir, p.command.Stderr = "/", p.standardError
	p.command.SysProcAttr = newProcessAttributes()
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	p.out = bufio.NewReader(out)
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	if err := WriteMessage(p.in, limits); err != nil {
		return nil, p.end(err)
	}
	return p, nil
}

// compile has the worker compile and keep a program. Like evaluate, it returns an error only if the worker failed. The Rules of the
// response are nil if the program does not compile.
func (p *process) compile(program *Program, limits Limits) (Response, error) {
	response, err := p.send(Request{Source: &program.source, Program: program.key}, nil, limits.CompileTime)
	if err == nil && response.Rules != nil && !p.programs[program.key] {
		p.programs[program.key] = true
		p.programBytes += program.source.Bytes()
	}
	return response, err
}

// hasRoomFor reports whether the worker has compiled the program, or may compile it within maxProgramBytes.
func (p *process) hasRoomFor(program *Program) bool {
	return p.programs[program.key] || p.programBytes+program.source.Bytes() <= maxProgramBytes
}

// evaluate has the worker evaluate one rule of a program for an input. It sends the program and the input only if the worker does not have
// them. If the program does not compile, evaluate returns the response about that.
func (p *process) evaluate(program *Program, rule string, input []byte, limits Limits) (Response, error) {
	if !p.programs[program.key] {
		if response, err := p.compile(program, limits); err != nil || response.Rules == nil {
			return response, err
		}
	}
	if bytes.Equal(input, p.lastInput) {
		input = nil
	}
	return p.send(Request{Program: program.key, Rule: rule, HasInput: input != nil}, input, limits.Time)
}

// responseTimeout returns how long a request with a limit of CPU time may take before the runner kills the worker. It is much longer than
// the limit, because the worker enforces the limit itself, and gets less than one CPU on a busy machine.
func responseTimeout(limit time.Duration) time.Duration { return 10*limit + time.Second }

// send sends one request, with the input unless it is nil, and waits for the response. It kills a worker that does not respond within
// responseTimeout. If the worker was killed or ran out of memory, the response names the limit that the request exceeded. After such a
// response, and after an error, the worker has ended.
func (p *process) send(request Request, input []byte, limit time.Duration) (Response, error) {
	killTimer := time.AfterFunc(responseTimeout(limit), func() { _ = p.command.Process.Kill() })
	response, err := p.roundTrip(request, input)
	wasKilled := !killTimer.Stop()
	if err == nil {
		p.responseCount++
		return response, nil
	}
	err = p.end(err)
	switch {
	case wasKilled:
		return Response{Limit: LimitTime, Ends: true}, nil
	case p.standardError.isOutOfMemory():
		return Response{Limit: LimitMemory, Ends: true}, nil
	}
	return Response{}, err
}

// roundTrip writes a request, with the input unless it is nil, and reads the response.
func (p *process) roundTrip(request Request, input []byte) (Response, error) {
	if err := WriteMessage(p.in, request); err != nil {
		return Response{}, err
	}
	if input != nil {
		if err := WriteFrame(p.in, input); err != nil {
			return Response{}, err
		}
		p.lastInput = bytes.Clone(input)
	}
	var response Response
	err := ReadMessage(p.out, &response)
	return response, err
}

// end stops the process. It wraps the cause in an error with the exit status and the first line of the standard error.
func (p *process) end(cause error) error {
	p.stop()
	line, _, _ := strings.Cut(p.standardError.String(), "\n")
	return fmt.Errorf("worker ended (%s) %s: %w", p.command.ProcessState, Shorten(line), cause)
}

// stop kills the process and waits until it has exited.
func (p *process) stop() {
	_ = p.in.Close()
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// limitedBuffer is a writer that keeps the first maxStandardError bytes and drops the others.
type limitedBuffer struct {
	bytes.Buffer
}

// Write keeps the bytes of p up to the total of maxStandardError and drops the others. It always reports that it has written all of p: a
// smaller number would end the goroutine of exec.Cmd that copies the standard error.
func (b *limitedBuffer) Write(p []byte) (int, error) {
	room := max(maxStandardError-b.Len(), 0)
	_, err := b.Buffer.Write(p[:min(room, len(p))])
	return len(p), err
}

// isOutOfMemory reports whether the kept text is the message of a crash because the kernel refused memory. The Go runtime and the race
// detector write different messages.
func (b *limitedBuffer) isOutOfMemory() bool {
	text := b.String()
	return slices.ContainsFunc([]string{"out of memory", "cannot allocate memory", "failed to allocate"}, func(message string) bool {
		return strings.Contains(text, message)
	})
}
