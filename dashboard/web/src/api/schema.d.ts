// Generated from the server's OpenAPI document by `npm run api:generate`. Do not edit.

export interface paths {
    "/api/v1/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["activity"];
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
        get: operations["bots"];
        put?: never;
        post?: never;
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
        get: operations["bot"];
        put?: never;
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
        get: operations["strategy"];
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
        get: operations["nodes"];
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
        get: operations["system"];
        put?: never;
        post?: never;
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
        ActivityItem: {
            /** Format: date-time */
            at: string;
            botId: string | null;
            /** @enum {string} */
            level: "info" | "success" | "warning" | "error";
            runId: string | null;
            seq: string;
            text: string;
        };
        ActivityList: {
            items: components["schemas"]["ActivityItem"][];
        };
        BeatStatus: {
            lastTick: string | null;
            leader: string | null;
        };
        BotDetail: {
            activeRunId: string | null;
            domain: string;
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
            };
            scheduleText: string;
            /** @enum {string} */
            state: "running" | "paused" | "halted";
            strategies: components["schemas"]["StrategySummary"][];
            workflow: components["schemas"]["WorkflowDocument"];
            workflowDigest: string;
        };
        BotList: {
            items: components["schemas"]["BotSummary"][];
        };
        BotRef: {
            id: string;
            name: string;
        };
        BotSummary: {
            activeRunId: string | null;
            domain: string;
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
            state: "running" | "paused" | "halted";
            strategies: components["schemas"]["StrategySummary"][];
        };
        EmergencyState: {
            epoch: number;
            reason: string;
            scope: string;
            /** @enum {string} */
            state: "NORMAL" | "ALERT" | "HALT" | "SHUTDOWN";
        };
        ErrorBody: {
            error: components["schemas"]["ErrorDetail"];
        };
        ErrorDetail: {
            code: string;
            details?: unknown;
            expected?: unknown;
            found?: unknown;
            message: string;
            remedy?: string | null;
        };
        EventsStatus: {
            firstSeq: string | null;
            lastSeq: string | null;
        };
        NodeError: {
            code: string;
            message: string;
        };
        NodeState: {
            attempt: number;
            branch: string | null;
            error: components["schemas"]["NodeError"] | null;
            executions?: number | null;
            executionTimeMs: number | null;
            inputs: {
                [key: string]: unknown;
            } | null;
            nodeId: string;
            outputs: {
                [key: string]: unknown;
            };
            reason: string | null;
            runId?: string | null;
            startedAt: string | null;
            /** @enum {string} */
            status: "pending" | "running" | "success" | "failed" | "skipped" | "cancelled";
            strategyId: string | null;
            successRate?: number | null;
            truncated: boolean;
            worker: string | null;
        };
        NodeType: {
            branches: string[];
            category: string;
            description: string;
            inputs: components["schemas"]["Port"][];
            outputs: components["schemas"]["Port"][];
            params: {
                [key: string]: unknown;
            };
            pool: string;
            timeoutS: number;
            title: string;
            type: string;
        };
        NodeTypeList: {
            items: components["schemas"]["NodeType"][];
        };
        Port: {
            many: boolean;
            name: string;
            required: boolean;
            type: string;
        };
        Position: {
            x: number;
            y: number;
        };
        RecorderStatus: {
            lagEvents: number;
            lastSeq: string | null;
        };
        RunCounts: {
            cancelled: number;
            failed: number;
            skipped: number;
            success: number;
        };
        RunDetail: {
            actions: number;
            botId: string;
            correlationId: string;
            counts: components["schemas"]["RunCounts"];
            durationMs: number | null;
            finishedAt: string | null;
            id: string;
            kind: string;
            nodes: components["schemas"]["NodeState"][];
            opportunities: number;
            reason: string;
            /** Format: date-time */
            startedAt: string;
            /** @enum {string} */
            status: "running" | "success" | "failed" | "cancelled";
            trigger: string;
            workflowDigest: string;
        };
        RunPage: {
            items: components["schemas"]["RunSummary"][];
            nextBefore: string | null;
        };
        RunSummary: {
            actions: number;
            botId: string;
            correlationId: string;
            counts: components["schemas"]["RunCounts"];
            durationMs: number | null;
            finishedAt: string | null;
            id: string;
            kind: string;
            opportunities: number;
            reason: string;
            /** Format: date-time */
            startedAt: string;
            /** @enum {string} */
            status: "running" | "success" | "failed" | "cancelled";
            trigger: string;
        };
        RunTicket: {
            reason: string;
            runId: string | null;
            /** @enum {string} */
            status: "started" | "skipped";
        };
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
            workflow: components["schemas"]["WorkflowDocument"];
        };
        SystemStatus: {
            beat: components["schemas"]["BeatStatus"];
            emergency: components["schemas"]["EmergencyState"];
            events: components["schemas"]["EventsStatus"];
            profile: string;
            recorder: components["schemas"]["RecorderStatus"];
            /** Format: date-time */
            startedAt: string;
            urls: components["schemas"]["SystemUrls"];
            version: string;
            workers: components["schemas"]["WorkerStatus"][];
        };
        SystemUrls: {
            flower: string | null;
        };
        WorkerStatus: {
            lastSeen: string | null;
            name: string;
            pid: number | null;
            queues: string[];
            status: string;
        };
        WorkflowDocument: {
            deadlineS?: number | null;
            description?: string;
            edges: components["schemas"]["WorkflowEdge"][];
            fuse?: boolean;
            id: string;
            /** @enum {string} */
            kind: "strategy" | "bot";
            name: string;
            nodes: components["schemas"]["WorkflowNode"][];
            schema: number;
        };
        WorkflowEdge: {
            source: string;
            sourceHandle: string;
            target: string;
            targetHandle: string;
        };
        WorkflowNode: {
            id: string;
            /** @enum {string} */
            onError?: "fail" | "continue";
            params: {
                [key: string]: unknown;
            };
            position?: components["schemas"]["Position"] | null;
            retry?: {
                [key: string]: unknown;
            } | null;
            timeoutS?: number | null;
            type: string;
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
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivityList"];
                };
            };
            /** @description error */
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotList"];
                };
            };
            /** @description error */
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotDetail"];
                };
            };
            /** @description error */
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotSummary"];
                };
            };
            /** @description error */
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotSummary"];
                };
            };
            /** @description error */
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
            /** @description ok */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunTicket"];
                };
            };
            /** @description error */
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StrategyView"];
                };
            };
            /** @description error */
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeTypeList"];
                };
            };
            /** @description error */
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
                before?: string;
                bot?: string;
                limit?: number;
                status?: string;
                strategy?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            /** @description error */
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDetail"];
                };
            };
            /** @description error */
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunSummary"];
                };
            };
            /** @description error */
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
                strategy?: string;
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeState"];
                };
            };
            /** @description error */
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
            /** @description ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SystemStatus"];
                };
            };
            /** @description error */
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
