package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// maxAnswer bounds what is read of an answer to a chat message, in bytes.
const maxAnswer = 4 << 20

// Ask sends one chat message and prints what the bot says, in one line or as many as it has. A URL without a path means the
// bot's. An answer that is no chat completion is printed as it is: a refusal with ErrStatus, anything else with another error.
func Ask(ctx context.Context, r Request, message string, out io.Writer) error {
	var err error
	if r.URL, err = chatURL(r.URL); err != nil {
		return err
	}
	r.Method = http.MethodPost
	r.Body, err = json.Marshal(map[string]any{
		"model":    "sample",
		"messages": []map[string]string{{"role": "user", "content": message}},
	})
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	var body []byte
	err = r.exchange(ctx, func(res *http.Response) (err error) {
		body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		return err
	})
	text, isChat := said(body)
	if len(body) > 0 {
		fmt.Fprintln(out, text)
	}
	if err == nil && !isChat {
		return fmt.Errorf("the answer of %s is no chat completion", r.URL)
	}
	return err
}

// chatURL adds the bot's path to a URL that has none.
func chatURL(text string) (string, error) {
	address, err := url.Parse(text)
	if err != nil {
		return "", fmt.Errorf("read URL: %w", err)
	}
	if address.Path == "" || address.Path == "/" {
		address.Path = bot.Path
	}
	return address.String(), nil
}

// said is the text of a chat completion; of anything else it is the whole answer, and isChat is false.
func said(body []byte) (text string, isChat bool) {
	var completion struct {
		Choices []struct {
			Message struct {
				Content string `json:"content"`
			} `json:"message"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(body, &completion); err != nil || len(completion.Choices) == 0 {
		return string(body), false
	}
	return completion.Choices[0].Message.Content, true
}
