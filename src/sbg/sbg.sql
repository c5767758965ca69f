-- Subscriptions: the shifted beta-geometric model.

