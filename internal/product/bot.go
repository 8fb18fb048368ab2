package product

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Bot is what the environment variables of a container say about a bot of a messaging service.
type Bot struct {
	Service Service
	// SecretVariable is the variable with the secret with which the service signs its messages to the bot; "" if there is none. Secret is the
	// key of the Secret with the value; nil if the value does not come from one.
	SecretVariable string
	Secret         *corev1.SecretKeySelector
	// Socket is the variable because of which the bot opens a connection to the service, so that the service does not call it; "" if there is
	// none.
	Socket string
}

// FindBot returns the bot that the environment variables are those of; false if they are those of none.
func FindBot(env []corev1.EnvVar) (Bot, bool) {
	for _, service := range known().Services {
		if service.Messaging == nil {
			continue
		}
		bot, isBot := Bot{Service: service}, false
		for i := range env {
			name := env[i].Name
			isBot = isBot || matchesAny(slices.Concat(service.Credentials, service.URLs, service.Settings), name)
			switch {
			case matchesAny(service.Messaging.Sockets, name):
				bot.Socket = name
			case matchesAny(service.Messaging.Secrets, name):
				bot.SecretVariable = name
				if env[i].ValueFrom != nil {
					bot.Secret = env[i].ValueFrom.SecretKeyRef
				}
			}
		}
		if isBot {
			return bot, true
		}
	}
	return Bot{}, false
}
