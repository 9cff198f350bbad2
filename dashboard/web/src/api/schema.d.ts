// Generated from the server's OpenAPI document by `npm run api:generate`. Do not edit.

export interface paths {
    "/api/v1/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened lately, in words. */
        get: operations["activity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what, newest first. */
        get: operations["audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every bot. */
        get: operations["bots"];
        put?: never;
        /** Make a bot from a document or a template, with the limits that every new bot has. */
        post: operations["createBot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{botId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One bot with its workflow and schedule. */
        get: operations["bot"];
        put?: never;
        post?: never;
        /** Delete a bot without run, action or ledger entry. */
        delete: operations["removeBot"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{botId}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a bot away that holds and owes nothing; its history stays. */
        post: operations["archiveBot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{botId}/mode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change the mode; what the bot holds stays in the mode it leaves. */
        put: operations["setBotMode"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{botId}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop starting runs. */
        post: operations["pauseBot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{botId}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start runs by schedule again. */
        post: operations["resumeBot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{botId}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a run now. */
        post: operations["runBot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{botId}/strategies/{strategyId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One strategy instance: workflow, newest node states, last 100 runs. */
        get: operations["strategy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{botId}/unarchive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring it back, paused. */
        post: operations["unarchiveBot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{botId}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the bot was configured when. */
        get: operations["botVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/domains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every domain, with its look and figures. */
        get: operations["domains"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Emergency states, and what holds for each bot. */
        get: operations["emergency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergency/alert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Smaller sizes; a stricter state stays. */
        post: operations["alert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergency/halt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** No new risk from the moment of the answer. */
        post: operations["halt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergency/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Changes of emergency states, newest first. */
        get: operations["emergencyHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergency/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Back to work; out of SHUTDOWN in two steps. */
        post: operations["resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/emergency/shutdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop everything, in two steps: the first halts and answers with a code. */
        post: operations["shutdown"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/equity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The equity curve of a scope. */
        get: operations["equity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledger/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cash flows, newest first. */
        get: operations["ledgerEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every kind of node. */
        get: operations["nodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Capital, cash, equity and profit of every scope, and what is held. */
        get: operations["portfolio"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/risk/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every limit. */
        get: operations["riskLimits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/risk/limits/{limitId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Make or change a limit; it holds for the next decision. */
        put: operations["setRiskLimit"];
        post?: never;
        /** Take a limit away; the reply is what it was. */
        delete: operations["removeRiskLimit"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/risk/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every limit with what is used of it now. */
        get: operations["riskUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs, newest first. */
        get: operations["runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{runId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run with its nodes. */
        get: operations["run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{runId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask a run to stop. */
        post: operations["cancelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{runId}/nodes/{nodeId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One node of a run with whole outputs and inputs. */
        get: operations["runNode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the platform is doing. */
        get: operations["system"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Workflows that a bot can be made from. */
        get: operations["templates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest version of every workflow. */
        get: operations["workflows"];
        put?: never;
        /** Check a document and store it as the newest version of its id. */
        post: operations["saveWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflows:validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Every problem of a document; nothing is stored. */
        post: operations["validateWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflows/{workflowId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A saved workflow with its versions. */
        get: operations["workflow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workflows/{workflowId}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an older version the newest again. */
        post: operations["restoreWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description One event, or `count` equal events since `since`, shown as the newest of them.
         *
         *     `since` is null for a single event.
         */
        ActivityItem: {
            /** Format: date-time */
            at: string;
            botId: string | null;
            /** @default 1 */
            count: number;
            /** @enum {string} */
            level: "info" | "success" | "warning" | "error";
            runId: string | null;
            seq: string;
            /** @default null */
            since: string | null;
            text: string;
            type: string;
        };
        ActivityList: {
            items: components["schemas"]["ActivityItem"][];
        };
        /**
         * @description One row of the audit.
         *
         *     `before` and `after` hold the changed values. `hash` covers the row and the hash of the previous row.
         */
        AuditItem: {
            action: string;
            actor: string;
            address: string;
            after: {
                [key: string]: unknown;
            } | null;
            /** Format: date-time */
            at: string;
            before: {
                [key: string]: unknown;
            } | null;
            hash: string;
            id: number;
            /** @enum {string} */
            origin: "cli" | "api" | "system" | "python";
            reason: string;
            subject: string;
        };
        /**
         * @description One page of the audit.
         *
         *     `next_before` is the `before` of the next page; null at the end.
         */
        AuditPage: {
            items: components["schemas"]["AuditItem"][];
            nextBefore: number | null;
        };
        /** @description The leading beat. `known` is false while Postgres does not answer. */
        BeatStatus: {
            known: boolean;
            lastTick: string | null;
            leader: string | null;
        };
        /**
         * @description Request to create a bot, with exactly one of `document` and `template`.
         *
         *     A field of null takes its value from the template, the document or the ledger.
         *
         *     An empty `schedule` means that only a person starts runs. `strategies` are documents to save with the bot.
         *     A strategy that is already saved stays as it is. `values` have the form of the command line:
         *     `node.parameter=value`.
         */
        BotBody: {
            /** @default null */
            capital: number | string | null;
            /** @default null */
            currency: string | null;
            /** @default null */
            document: {
                [key: string]: unknown;
            } | null;
            /** @default null */
            domain: string | null;
            /** @default null */
            id: string | null;
            /**
             * @default paper
             * @enum {string}
             */
            mode: "paper" | "sandbox" | "live";
            /** @default null */
            name: string | null;
            /** @default false */
            paused: boolean;
            /** @default  */
            reason: string;
            /** @default null */
            schedule: {
                [key: string]: unknown;
            } | null;
            /** @default [] */
            strategies: {
                [key: string]: unknown;
            }[];
            /** @default null */
            template: string | null;
            /** @default [] */
            values: string[];
        };
        /**
         * @description A bot with its workflow. `schedule` is the spec in force.
         *
         *     `schedule` is null for a bot that only a person starts.
         */
        BotDetail: {
            activeRunId: string | null;
            baseCurrency: string;
            domain: string;
            /** @enum {string} */
            health: "ok" | "failing";
            id: string;
            lastRun: components["schemas"]["RunSummary"] | null;
            metrics: {
                [key: string]: string | number;
            };
            /** @enum {string} */
            mode: "paper" | "sandbox" | "live";
            name: string;
            nextRunAt: string | null;
            schedule: {
                [key: string]: unknown;
            } | null;
            scheduleText: string;
            /** @enum {string} */
            state: "running" | "paused" | "halted" | "archived";
            strategies: components["schemas"]["StrategySummary"][];
            warnings: components["schemas"]["BotWarning"][];
            workflow: components["schemas"]["WorkflowView"];
            workflowDigest: string;
        };
        /** @description A bot that was archived, brought back, or removed. */
        BotGone: {
            id: string;
            /** @enum {string} */
            state: "archived" | "paused" | "removed";
        };
        BotList: {
            items: components["schemas"]["BotSummary"][];
        };
        /** @description The created bot; `warnings` are for its author. */
        BotMade: {
            domain: string;
            id: string;
            /** @enum {string} */
            mode: "paper" | "sandbox" | "live";
            /** @enum {string} */
            state: "running" | "paused";
            warnings: string[];
            workflowDigest: string;
            workflowId: string;
        };
        BotRef: {
            id: string;
            name: string;
        };
        /**
         * @description A bot with its newest state.
         *
         *     `state` is halted while an emergency flag stops the bot, even if the operator set it to running.
         *
         *     `health` is failing when each of the newest three runs failed, or each run of a bot with fewer.
         */
        BotSummary: {
            activeRunId: string | null;
            baseCurrency: string;
            domain: string;
            /** @enum {string} */
            health: "ok" | "failing";
            id: string;
            lastRun: components["schemas"]["RunSummary"] | null;
            metrics: {
                [key: string]: string | number;
            };
            /** @enum {string} */
            mode: "paper" | "sandbox" | "live";
            name: string;
            nextRunAt: string | null;
            scheduleText: string;
            /** @enum {string} */
            state: "running" | "paused" | "halted" | "archived";
            strategies: components["schemas"]["StrategySummary"][];
            warnings: components["schemas"]["BotWarning"][];
        };
        /** @description Versions of a bot's settings, newest first. */
        BotVersionList: {
            items: components["schemas"]["BotVersionView"][];
        };
        /**
         * @description One version of a bot's settings.
         *
         *     `settings` holds name, domain, mode, workflow, capital, currency, config and schedules of that version.
         */
        BotVersionView: {
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            note: string;
            settings: {
                [key: string]: unknown;
            };
            version: number;
        };
        /**
         * @description Problem for a person, with its remedy in the text.
         *
         *     It happened `count` times since `since`.
         */
        BotWarning: {
            /** @enum {string} */
            code: "overlap" | "failing";
            count: number;
            /** Format: date-time */
            since: string;
            text: string;
        };
        ClientMessage: components["schemas"]["Subscribe"] | components["schemas"]["Unsubscribe"] | components["schemas"]["Ping"];
        /**
         * @description Notice that newer events of the same nodes replaced `count` events.
         *
         *     It counts from the last such message on.
         */
        Coalesced: {
            count: number;
            /**
             * @default coalesced
             * @constant
             */
            type: "coalesced";
        };
        /**
         * @description Limited quantity, with the unit of `limit` in brackets (base: the bot's base currency).
         * @enum {string}
         */
        ConstraintKind: "position_size" | "capital_per_action" | "total_exposure" | "concentration" | "leverage" | "daily_loss" | "drawdown" | "action_rate" | "minimum_balance" | "volatility" | "correlation_group" | "price_floor" | "largest_change" | "cooldown" | "share_of_market" | "stock_days" | "utilisation" | "custom";
        DocumentBody: {
            /** @description A workflow document. */
            document: {
                [key: string]: unknown;
            };
        };
        DomainList: {
            items: components["schemas"]["DomainView"][];
        };
        /** @description Domain with its look. `icon` is a name of lucide.dev's icons, "" for none. */
        DomainView: {
            figures: components["schemas"]["FigureView"][];
            icon: string;
            name: string;
            title: string;
        };
        /** @description State in force for a bot: the strictest on its path, with the scope that it comes from. */
        EffectiveState: {
            botId: string;
            reason: string;
            scope: string;
            /** @enum {string} */
            state: "NORMAL" | "ALERT" | "HALT" | "SHUTDOWN";
        };
        /**
         * @description Result of a change of an emergency state.
         *
         *     `recorded` is true once Postgres has the change, `flagged` once Redis has it. No action that takes risk
         *     begins before both have it.
         *
         *     `in_flight` counts actions that began before and have no answer yet. `code` confirms the second step.
         *     `requested` is the wanted state when a stricter one stays.
         */
        EmergencyAnswer: {
            actor: string;
            armedFor: ("NORMAL" | "ALERT" | "HALT" | "SHUTDOWN") | null;
            armedUntil: string | null;
            at: string | null;
            automatic: boolean;
            /** @enum {string} */
            before: "NORMAL" | "ALERT" | "HALT" | "SHUTDOWN";
            cause: string;
            changed: boolean;
            clearsAt: string | null;
            code: string | null;
            epoch: number;
            flagged: boolean;
            flatten: boolean;
            inFlight: number;
            reason: string;
            recorded: boolean;
            requested: ("NORMAL" | "ALERT" | "HALT" | "SHUTDOWN") | null;
            scope: string;
            /** @enum {string} */
            state: "NORMAL" | "ALERT" | "HALT" | "SHUTDOWN";
        };
        /**
         * @description One change of a state.
         *
         *     `report` describes the enforcement: working orders, runs and positions. `enforced_at` is null until it has
         *     finished.
         */
        EmergencyChangeItem: {
            actor: string;
            /** @enum {string} */
            after: "NORMAL" | "ALERT" | "HALT" | "SHUTDOWN";
            /** Format: date-time */
            at: string;
            automatic: boolean;
            /** @enum {string} */
            before: "NORMAL" | "ALERT" | "HALT" | "SHUTDOWN";
            cause: string;
            enforcedAt: string | null;
            epoch: number;
            flatten: boolean;
            origin: string;
            reason: string;
            report: string | null;
            scope: string;
        };
        /**
         * @description One page of changes.
         *
         *     `next_before` is the `before` of the next page; null at the end.
         */
        EmergencyHistory: {
            items: components["schemas"]["EmergencyChangeItem"][];
            nextBefore: number | null;
        };
        /**
         * @description A scope's own state.
         *
         *     `armed_for` is the state that a second step before `armed_until` leads to. `at` is null and `actor` empty
         *     while only Redis can be read.
         */
        EmergencyItem: {
            actor: string;
            armedFor: ("NORMAL" | "ALERT" | "HALT" | "SHUTDOWN") | null;
            armedUntil: string | null;
            at: string | null;
            automatic: boolean;
            cause: string;
            clearsAt: string | null;
            epoch: number;
            flatten: boolean;
            reason: string;
            scope: string;
            /** @enum {string} */
            state: "NORMAL" | "ALERT" | "HALT" | "SHUTDOWN";
        };
        /**
         * @description Request to change a state.
         *
         *     `scope` is platform, domain:<domain>, bot:<bot> or strategy:<bot>/<strategy>.
         */
        EmergencyOrder: {
            reason: string;
            /** @default platform */
            scope: string;
        };
        /**
         * @description All emergency states.
         *
         *     `states` are the recorded states by scope. `effective` are the states that every node reads; HALT where
         *     they are unknown.
         *
         *     `recorded` is false while Postgres does not answer: the states are then those of Redis alone.
         *
         *     `flatten_slippage` is the largest distance from the best price at which a shutdown sells positions, from 0
         *     to 1.
         */
        EmergencyOverview: {
            effective: components["schemas"]["EffectiveState"][];
            flattenSlippage: string;
            recorded: boolean;
            states: components["schemas"]["EmergencyItem"][];
        };
        /**
         * @description One page of entries.
         *
         *     `nextBefore` is the `before` of the next page; null at the end.
         */
        EntryPage: {
            items: components["schemas"]["EntryView"][];
            nextBefore: number | null;
        };
        /**
         * @description One cash flow of the ledger; entries never change.
         *
         *     `amount` is in `currency`, `rate` is base currency for one unit of it. `quantity` is the change in units
         *     of `symbol`. `at` is the time of the flow, `bookedAt` the time of its booking.
         */
        EntryView: {
            amount: string;
            /** Format: date-time */
            at: string;
            baseAmount: string;
            baseCurrency: string;
            /** Format: date-time */
            bookedAt: string;
            botId: string;
            clientId: string;
            currency: string;
            domain: string;
            fillId: string;
            id: number;
            kind: string;
            memo: string;
            mode: string;
            price: string | null;
            quantity: string;
            rate: string;
            rateSource: string;
            strategyId: string;
            symbol: string;
            venue: string;
        };
        /**
         * @description Equity of a scope: the last point of each `stepS` seconds, oldest first.
         *
         *     Periods without samples have no points.
         */
        EquityCurve: {
            /** @enum {string} */
            mode: "paper" | "sandbox" | "live";
            points: components["schemas"]["EquityPointView"][];
            scope: string;
            stepS: number;
        };
        EquityPointView: {
            /** Format: date-time */
            at: string;
            capital: string;
            cash: string;
            drawdown: string;
            equity: string;
            fees: string;
            highWater: string;
            realised: string;
            unrealised: string;
        };
        ErrorBody: {
            error: components["schemas"]["ErrorDetail"];
        };
        /** @description The one form of an error: message, expected and found values, and remedy. */
        ErrorDetail: {
            code: string;
            /** @default {} */
            details: {
                [key: string]: unknown;
            };
            /** @default null */
            expected: string | null;
            /** @default null */
            found: string | null;
            message: string;
            /** @default null */
            remedy: string | null;
        };
        EventsStatus: {
            firstSeq: string | null;
            lastSeq: string | null;
        };
        /** @description Figure on the cards of a domain's bots; `metric` is its name among their metrics. */
        FigureView: {
            metric: string;
            title: string;
            unit: string;
        };
        /**
         * @description Request with the whole new limit.
         *
         *     `version` is the version that the client saw (0: none yet). Null overwrites any version.
         */
        LimitBody: {
            /** @default true */
            enabled: boolean;
            kind: components["schemas"]["ConstraintKind"];
            limit: number | string;
            /**
             * @default enforce
             * @enum {string}
             */
            mode: "enforce" | "warn";
            /** @default {} */
            parameters: {
                [key: string]: string;
            };
            /** @default  */
            reason: string;
            scope: string;
            /** @default null */
            version: number | null;
            /** @default 0.8 */
            warning: number | string;
            /** @default null */
            windowS: number | null;
        };
        LimitList: {
            items: components["schemas"]["LimitView"][];
        };
        /**
         * @description Limit as saved.
         *
         *     `limit` is in the unit of its kind. `warning` is the part of the limit from which it warns.
         */
        LimitView: {
            enabled: boolean;
            id: string;
            kind: components["schemas"]["ConstraintKind"];
            limit: string;
            /** @enum {string} */
            mode: "enforce" | "warn";
            parameters: {
                [key: string]: string;
            };
            scope: string;
            /** Format: date-time */
            updatedAt: string;
            updatedBy: string;
            version: number;
            warning: string;
            windowS: number | null;
        };
        LiveError: {
            code: string;
            message: string;
            /**
             * @default error
             * @constant
             */
            type: "error";
        };
        /** @description One event of the stream. */
        LiveEvent: {
            botId: string | null;
            data: {
                [key: string]: unknown;
            };
            nodeId: string | null;
            runId: string | null;
            seq: string;
            strategyId: string | null;
            timestamp: number;
            /** @enum {string} */
            type: "run_started" | "node_execution" | "run_finished" | "run_skipped" | "action" | "opportunity" | "bot_metrics" | "strategy_metrics" | "emergency" | "param_change" | "schedule" | "worker" | "breaker" | "notify" | "alarm";
        };
        /**
         * @description Notice that no event after `seq` concerns the client's scope.
         *
         *     `read_at` is the last read of the stream, in Unix ms.
         */
        LiveHeartbeat: {
            now: number;
            readAt: number | null;
            seq: string;
            /**
             * @default heartbeat
             * @constant
             */
            type: "heartbeat";
        };
        /** @description View of a client: all bots, one bot with every node, or one strategy instance. */
        LiveScope: {
            /** @default null */
            botId: string | null;
            /**
             * @default all
             * @enum {string}
             */
            kind: "all" | "bot" | "strategy";
            /** @default null */
            strategyId: string | null;
        };
        /**
         * @description State as of `seq`; all later events are newer.
         *
         *     `now` is the server's time in Unix ms.
         */
        LiveSnapshot: {
            data: components["schemas"]["SnapshotData"];
            now: number;
            scope: components["schemas"]["LiveScope"];
            seq: string;
            /**
             * @default snapshot
             * @constant
             */
            type: "snapshot";
        };
        ModeBody: {
            /**
             * @description Leave what it holds in the account of the mode it leaves.
             * @default false
             */
            leavePositions: boolean;
            /** @enum {string} */
            mode: "paper" | "sandbox" | "live";
            /** @default  */
            reason: string;
        };
        /**
         * @description Result of a change of mode.
         *
         *     `left` are the positions that stay in the account and books of the mode `before`. They are neither sold
         *     nor moved.
         */
        ModeChanged: {
            /** @enum {string} */
            before: "paper" | "sandbox" | "live";
            id: string;
            left: string[];
            /** @enum {string} */
            mode: "paper" | "sandbox" | "live";
            /** @enum {string} */
            state: "running" | "paused";
        };
        /**
         * @description Error of a node.
         *
         *     `traceback` shows where the node's code raised the error, bounded and without secrets. It is null when it
         *     adds nothing.
         */
        NodeFailure: {
            code: string;
            message: string;
            /** @default null */
            traceback: string | null;
        };
        NodePosition: {
            x: number;
            y: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description State of a node in one run. Outputs and inputs are previews when `truncated`.
         *
         *     `executions` and `success_rate` (0 to 1) cover all runs. They are set only in a strategy's latest states.
         */
        NodeState: {
            attempt: number;
            branch: string | null;
            error: components["schemas"]["NodeFailure"] | null;
            /** @default null */
            executions: number | null;
            executionTimeMs: number | null;
            inputs: {
                [key: string]: unknown;
            } | null;
            nodeId: string;
            outputs: {
                [key: string]: unknown;
            };
            reason: string | null;
            runId: string | null;
            startedAt: string | null;
            /** @enum {string} */
            status: "pending" | "running" | "success" | "failed" | "skipped" | "cancelled";
            strategyId: string | null;
            /** @default null */
            successRate: number | null;
            truncated: boolean;
            tweaked: boolean;
            type: string | null;
            worker: string | null;
        };
        NodeTypeList: {
            items: components["schemas"]["NodeTypeView"][];
        };
        /** @description One type of node; `params` is the JSON Schema of its parameters. */
        NodeTypeView: {
            branches: string[];
            category: string;
            description: string;
            inputs: components["schemas"]["PortView"][];
            outputs: components["schemas"]["PortView"][];
            params: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            pool: "quick" | "io" | "heavy";
            timeoutS: number;
            title: string;
            type: string;
        };
        Ping: {
            /** @constant */
            op: "ping";
        };
        /**
         * @description The platform's own flag, from Redis alone.
         *
         *     When it cannot be read, it is HALT with a reason, and `known` is false.
         */
        PlatformEmergency: {
            epoch: number;
            known: boolean;
            reason: string;
            scope: string;
            /** @enum {string} */
            state: "NORMAL" | "ALERT" | "HALT" | "SHUTDOWN";
        };
        /** @description Answer to a ping. `now` is the server's time in Unix ms. */
        Pong: {
            now: number;
            /**
             * @default pong
             * @constant
             */
            type: "pong";
        };
        PortfolioView: {
            baseCurrency: string;
            /** @enum {string} */
            mode: "paper" | "sandbox" | "live";
            positions: components["schemas"]["PositionView"][];
            scopes: components["schemas"]["ScopeSums"][];
        };
        PortView: {
            many: boolean;
            name: string;
            required: boolean;
            type: string;
        };
        /**
         * @description Position of one strategy, or of the bot itself when `strategy_id` is "".
         *
         *     `mark` is null when no price is known; the position then counts at cost.
         */
        PositionView: {
            averageCost: string;
            botId: string;
            cost: string;
            mark: string | null;
            quantity: string;
            strategyId: string;
            symbol: string;
            unrealised: string;
            value: string;
            venue: string;
        };
        /** @description Problem of a document. Errors keep a workflow from running, warnings do not. */
        ProblemView: {
            code: string;
            edge: number | null;
            message: string;
            nodeId: string | null;
            path: string | null;
            remedy: string;
            /** @enum {string} */
            severity: "error" | "warning";
        };
        /**
         * @description Progress of the recorder.
         *
         *     `lag_events` counts published events that are not in Postgres yet; null when unknown.
         */
        RecorderStatus: {
            lagEvents: number | null;
            lastSeq: string | null;
        };
        /** @description The client missed events; a fresh snapshot follows. */
        Reset: {
            /** @enum {string} */
            reason: "too_old" | "overflow";
            seq: string;
            /**
             * @default reset
             * @constant
             */
            type: "reset";
        };
        RestoreBody: {
            /**
             * @description Bots whose own workflow it is keep their version.
             * @default false
             */
            keepBots: boolean;
            /**
             * @description Bots in live mode may use the new version too.
             * @default false
             */
            live: boolean;
            /** @default  */
            note: string;
            /** @description The version to go back to. */
            version: number;
        };
        /** @description Request to resume. `confirm` is the code of the first step out of SHUTDOWN. */
        ResumeOrder: {
            /** @default null */
            confirm: string | null;
            reason: string;
            /** @default platform */
            scope: string;
            /**
             * @default NORMAL
             * @enum {string}
             */
            to: "NORMAL" | "ALERT" | "HALT";
        };
        /** @description Number of nodes by their final status. */
        RunCounts: {
            /** @default 0 */
            cancelled: number;
            /** @default 0 */
            failed: number;
            /** @default 0 */
            skipped: number;
            /** @default 0 */
            success: number;
        };
        RunDetail: {
            actions: number;
            botId: string;
            correlationId: string | null;
            counts: components["schemas"]["RunCounts"];
            durationMs: number | null;
            finishedAt: string | null;
            id: string;
            /** @enum {string} */
            kind: "bot" | "strategy";
            nodes: components["schemas"]["NodeState"][];
            opportunities: number;
            reason: string | null;
            scheduledAt: string | null;
            /** Format: date-time */
            startedAt: string;
            /** @enum {string} */
            status: "running" | "success" | "failed" | "cancelled";
            trigger: string;
            workflowDigest: string;
        };
        /**
         * @description One page of runs.
         *
         *     `next_before` is the `before` of the next page; null at the end.
         */
        RunPage: {
            items: components["schemas"]["RunSummary"][];
            nextBefore: string | null;
        };
        RunSummary: {
            actions: number;
            botId: string;
            correlationId: string | null;
            counts: components["schemas"]["RunCounts"];
            durationMs: number | null;
            finishedAt: string | null;
            id: string;
            /** @enum {string} */
            kind: "bot" | "strategy";
            opportunities: number;
            reason: string | null;
            scheduledAt: string | null;
            /** Format: date-time */
            startedAt: string;
            /** @enum {string} */
            status: "running" | "success" | "failed" | "cancelled";
            trigger: string;
        };
        /**
         * @description Answer to the request for a run.
         *
         *     `run_id` is the id of the run if it starts. With `skipped`, `reason` says why it did not.
         */
        RunTicket: {
            reason: string | null;
            runId: string | null;
            /** @enum {string} */
            status: "started" | "skipped";
        };
        /**
         * @description Request to save a document.
         *
         *     `base` is the newest version that the client saw (0: none yet). Null overwrites any version.
         */
        SaveBody: {
            /** @default null */
            base: number | null;
            /** @description A workflow document. */
            document: {
                [key: string]: unknown;
            };
            /**
             * @description Bots whose own workflow it is keep their version.
             * @default false
             */
            keepBots: boolean;
            /**
             * @description Bots in live mode may use the new version too.
             * @default false
             */
            live: boolean;
            /** @default  */
            note: string;
        };
        /**
         * @description Result of a save.
         *
         *     `new` is true if the document became a version of its own. `bots` use it from their next run on.
         *     `kept_bots` keep their version.
         */
        SavedView: {
            bots: string[];
            digest: string;
            id: string;
            keptBots: string[];
            /** @enum {string} */
            kind: "strategy" | "bot";
            new: boolean;
            version: number;
            warnings: string[];
        };
        /**
         * @description Sums of a scope.
         *
         *     `cash` is free and reserved cash together. `cost` and `value` are those of positions. `drawdown` is a
         *     fraction of `highWater`.
         *
         *     equity = cash + value = capital + pnl. pnl = realised + unrealised, with fees included. `attributed` is value that
         *     venues claim: no cash, in no other sum. profit = pnl + `money.attributed_margin` of it.
         */
        ScopeSums: {
            attributed: string;
            capital: string;
            cash: string;
            cost: string;
            drawdown: string;
            equity: string;
            fees: string;
            highWater: string;
            pnl: string;
            profit: string;
            realised: string;
            scope: string;
            unrealised: string;
            value: string;
        };
        ServerMessage: components["schemas"]["LiveSnapshot"] | components["schemas"]["LiveEvent"] | components["schemas"]["Reset"] | components["schemas"]["Coalesced"] | components["schemas"]["Pong"] | components["schemas"]["LiveHeartbeat"] | components["schemas"]["LiveError"];
        /**
         * @description Request to shut down.
         *
         *     `flatten` also sells positions. `confirm` is the code of the first step.
         */
        ShutdownOrder: {
            /** @default null */
            confirm: string | null;
            /** @default false */
            flatten: boolean;
            reason: string;
            /** @default platform */
            scope: string;
        };
        /** @description State of a scope: `bots` for all, else `bot`, `nodes` and `active_run`. */
        SnapshotData: {
            /** @default null */
            activeRun: components["schemas"]["RunSummary"] | null;
            /** @default null */
            bot: components["schemas"]["BotSummary"] | null;
            /** @default null */
            bots: components["schemas"]["BotSummary"][] | null;
            /** @default null */
            nodes: components["schemas"]["NodeState"][] | null;
        };
        /**
         * @description Strategy instance: `strategy` is the template's id, `weight` the share of capital.
         *
         *     `weight` is a part of the bot's capital, from 0 to 1.
         */
        StrategySummary: {
            enabled: boolean;
            id: string;
            metrics: {
                [key: string]: string | number;
            };
            name: string;
            strategy: string;
            weight: string;
        };
        /**
         * @description Strategy instance with its workflow and runs.
         *
         *     `tweaks` are values in force that are not saved. `latest` is the newest state of each node. Both are keyed
         *     by node id.
         */
        StrategyView: {
            bot: components["schemas"]["BotRef"];
            digest: string;
            latest: {
                [key: string]: components["schemas"]["NodeState"];
            };
            runs: components["schemas"]["RunSummary"][];
            strategy: components["schemas"]["StrategySummary"];
            tweaks: {
                [key: string]: {
                    [key: string]: unknown;
                };
            };
            workflow: components["schemas"]["WorkflowView"];
        };
        /**
         * @description Request for the events of a scope.
         *
         *     `after` is the last seq that the client saw; null asks for a snapshot. With `batch`, a frame may hold a
         *     JSON array of messages: cheaper when many events come at once.
         */
        Subscribe: {
            /** @default null */
            after: string | null;
            /** @default false */
            batch: boolean;
            /** @constant */
            op: "subscribe";
            scope: components["schemas"]["LiveScope"];
        };
        /**
         * @description Status of the platform. `now` is the server's time.
         *
         *     `silent` names the servers that do not answer; values that come from them are null.
         */
        SystemStatus: {
            beat: components["schemas"]["BeatStatus"];
            emergency: components["schemas"]["PlatformEmergency"];
            events: components["schemas"]["EventsStatus"];
            /** Format: date-time */
            now: string;
            profile: string;
            recorder: components["schemas"]["RecorderStatus"];
            silent: ("redis" | "postgres")[];
            /** Format: date-time */
            startedAt: string;
            urls: components["schemas"]["SystemUrls"];
            version: string;
            workers: components["schemas"]["WorkerStatus"][] | null;
        };
        SystemUrls: {
            flower: string | null;
        };
        TemplateList: {
            items: components["schemas"]["TemplateView"][];
        };
        /**
         * @description Workflow of a bot that comes with a domain.
         *
         *     Capital and schedule are those of the domain's own bot, if it has them.
         */
        TemplateView: {
            capital: string | null;
            description: string;
            domain: string;
            id: string;
            name: string;
            schedule: {
                [key: string]: unknown;
            } | null;
            strategies: string[];
        };
        Unsubscribe: {
            /** @constant */
            op: "unsubscribe";
        };
        /**
         * @description Limit with its present use.
         *
         *     `current` and `utilisation` are null in three cases: only an action can touch the limit, there are no
         *     positions, or the use cannot be computed (`state` unknown).
         *
         *     With the `state` over, new risk is denied and the scope is halted.
         */
        UsageItem: {
            current: string | null;
            limit: components["schemas"]["LimitView"];
            /** @enum {string} */
            state: "off" | "idle" | "ok" | "near" | "over" | "unknown";
            text: string | null;
            utilisation: number | null;
        };
        /** @description Limits with their use, sorted by id. */
        UsageList: {
            items: components["schemas"]["UsageItem"][];
            /** @enum {string} */
            mode: "paper" | "sandbox" | "live";
        };
        Validation: {
            problems: components["schemas"]["ProblemView"][];
            valid: boolean;
        };
        /**
         * @description A worker process. `status` is lost after a while without a heartbeat.
         *
         *     `problems` are sentences: a version or node types unlike most workers', a node past its time limit, or a
         *     process without heartbeat.
         */
        WorkerStatus: {
            /** @default null */
            host: string | null;
            lastSeen: string | null;
            name: string;
            pid: number | null;
            /** @default [] */
            problems: string[];
            queues: string[];
            /** @enum {string} */
            status: "online" | "offline" | "lost";
            /** @default null */
            version: string | null;
        };
        /** @description A workflow with its newest `document`, and up to 100 versions, newest first. */
        WorkflowDetail: {
            digest: string;
            document: {
                [key: string]: unknown;
            };
            id: string;
            /** @enum {string} */
            kind: "strategy" | "bot";
            name: string;
            version: number;
            versions: components["schemas"]["WorkflowVersionView"][];
        };
        WorkflowEdge: {
            source: string;
            /** @default null */
            sourceHandle: string | null;
            target: string;
            targetHandle: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description Newest version of a workflow.
         *
         *     A `version` of 0 comes with a domain and is not saved yet.
         */
        WorkflowItem: {
            digest: string;
            id: string;
            /** @enum {string} */
            kind: "strategy" | "bot";
            name: string;
            version: number;
        };
        WorkflowList: {
            items: components["schemas"]["WorkflowItem"][];
        };
        WorkflowNode: {
            id: string;
            /** @default null */
            label: string | null;
            /**
             * @default fail
             * @enum {string}
             */
            onError: "fail" | "continue";
            /** @default {} */
            params: {
                [key: string]: unknown;
            };
            /** @default null */
            position: components["schemas"]["NodePosition"] | null;
            /** @default null */
            retry: {
                [key: string]: unknown;
            } | null;
            /** @default null */
            timeoutS: number | null;
            type: string;
        } & {
            [key: string]: unknown;
        };
        /** @description One version of a workflow. `bots` use exactly this version as their own workflow. */
        WorkflowVersionView: {
            bots: string[];
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            digest: string;
            name: string;
            note: string;
            version: number;
        };
        /** @description One immutable version of a workflow, with React Flow's field names. */
        WorkflowView: {
            /** @default null */
            deadlineS: number | null;
            /** @default  */
            description: string;
            /** @default [] */
            edges: components["schemas"]["WorkflowEdge"][];
            /** @default false */
            fuse: boolean;
            id: string;
            /** @enum {string} */
            kind: "strategy" | "bot";
            name: string;
            nodes: components["schemas"]["WorkflowNode"][];
            /** @default 1 */
            schema: number;
        } & {
            [key: string]: unknown;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    activity: {
        parameters: {
            query?: {
                bot?: string | null;
                level?: ("warning" | "error") | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivityList"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    audit: {
        parameters: {
            query?: {
                action?: string | null;
                actor?: string | null;
                before?: number | null;
                limit?: number;
                since?: string | null;
                subject?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    bots: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotList"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    createBot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BotBody"];
            };
        };
        responses: {
            /** @description Success. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotMade"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    bot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                botId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotDetail"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    removeBot: {
        parameters: {
            query?: {
                reason?: string;
            };
            header?: never;
            path: {
                botId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotGone"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    archiveBot: {
        parameters: {
            query?: {
                reason?: string;
            };
            header?: never;
            path: {
                botId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotGone"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    setBotMode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                botId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModeBody"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModeChanged"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    pauseBot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                botId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotSummary"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    resumeBot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                botId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotSummary"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    runBot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                botId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunTicket"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    strategy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                botId: string;
                strategyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StrategyView"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    unarchiveBot: {
        parameters: {
            query?: {
                reason?: string;
            };
            header?: never;
            path: {
                botId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotGone"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    botVersions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                botId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotVersionList"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    domains: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainList"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    emergency: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmergencyOverview"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    alert: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmergencyOrder"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmergencyAnswer"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    halt: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmergencyOrder"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmergencyAnswer"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    emergencyHistory: {
        parameters: {
            query?: {
                before?: number | null;
                limit?: number;
                scope?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmergencyHistory"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    resume: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResumeOrder"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmergencyAnswer"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    shutdown: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShutdownOrder"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmergencyAnswer"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    equity: {
        parameters: {
            query?: {
                mode?: "paper" | "sandbox" | "live";
                points?: number;
                scope?: string;
                since?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EquityCurve"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ledgerEntries: {
        parameters: {
            query?: {
                before?: number | null;
                bot?: string | null;
                limit?: number;
                mode?: ("paper" | "sandbox" | "live") | null;
                since?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryPage"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    nodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeTypeList"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    portfolio: {
        parameters: {
            query?: {
                bot?: string | null;
                mode?: "paper" | "sandbox" | "live";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PortfolioView"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    riskLimits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitList"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    setRiskLimit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                limitId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LimitBody"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitView"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    removeRiskLimit: {
        parameters: {
            query?: {
                reason?: string;
                version?: number | null;
            };
            header?: never;
            path: {
                limitId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitView"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    riskUsage: {
        parameters: {
            query?: {
                mode?: "paper" | "sandbox" | "live";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageList"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    runs: {
        parameters: {
            query?: {
                before?: string | null;
                bot?: string | null;
                limit?: number;
                status?: ("running" | "success" | "failed" | "cancelled") | null;
                strategy?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDetail"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    cancelRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunSummary"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    runNode: {
        parameters: {
            query?: {
                strategy?: string | null;
            };
            header?: never;
            path: {
                nodeId: string;
                runId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeState"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    system: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SystemStatus"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    templates: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TemplateList"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    workflows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowList"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    saveWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SaveBody"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedView"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    validateWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DocumentBody"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Validation"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    workflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workflowId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowDetail"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    restoreWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workflowId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestoreBody"];
            };
        };
        responses: {
            /** @description Success. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedView"];
                };
            };
            /** @description An error: what was expected, what was found, what to do. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
}
